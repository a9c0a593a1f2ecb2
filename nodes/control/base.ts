/** What a device was doing before somebody laid something over it: pure. */
import type { DeviceClass } from '../devices/device-class.ts'
import type { DeviceState } from '../devices/state.ts'
import type { Command } from '../commands/command.ts'
import { newestOf } from './layers.ts'
import { isReported, type Wish, wishFor, wishOf } from './wish.ts'

export const fieldsOf = ({ commands }: Pick<DeviceClass, 'commands'>): readonly string[] => [
  ...new Set(commands.flatMap(({ movesField }) => movesField ?? [])),
]

/** The wish of whoever has sent a command by hand. */
export const wishByHand = (
  deviceClass: Pick<DeviceClass, 'commands'>,
  { action, createdAtMs, id, order, requestedBy, source, value }: Command,
): Wish | undefined =>
  wishOf(deviceClass, action, value, {
    source,
    sourceId: requestedBy,
    sinceMs: createdAtMs,
    order,
    untilMs: null,
    commandId: id,
    isSent: true,
  })

/**
 * By field what was asked for last, or what the device has reported since of its own accord: somebody has turned its knob.
 * What it has not been told yet it cannot have thought better of.
 * @param confirmedAtMs when the device has carried a wish out; infinity while it is on its way
 */
export function baseOf({
  confirmedAtMs,
  deviceClass,
  nowMs,
  order,
  state: { reported, reportedAt = 0 },
  wishes,
}: {
  readonly deviceClass: DeviceClass
  readonly state: Pick<DeviceState, 'reported' | 'reportedAt'>
  readonly wishes: readonly Wish[]
  readonly confirmedAtMs: (wish: Wish) => number
  readonly nowMs: number
  /** Of what nobody asked for. */
  readonly order: number
}): readonly Wish[] {
  const asked = new Map(newestOf(wishes).map((wish) => [wish.field, wish]))
  const origin = { source: 'reported', sourceId: null, sinceMs: nowMs, order, untilMs: null } as const
  return fieldsOf(deviceClass).flatMap((field) => {
    const wish = asked.get(field)
    const told = reported[field]
    const isAsAsked =
      wish !== undefined &&
      (!wish.isSent || told === undefined || isReported(wish, told) || reportedAt <= confirmedAtMs(wish))
    if (isAsAsked) return wish
    return wishFor(deviceClass, field, told, { ...origin, commandId: null, isSent: true }) ?? wish ?? []
  })
}
