/**
 * What a device is owed: a wish whose command it never got. It is sent as soon as it counts, unless the device is to be off;
 * then it waits until that is turned on. Pure.
 */
import { commandIdOf } from '../commands/command-ids.ts'
import type { Control, Sending } from './control.ts'
import { type Desire, desiredOf, isHeld, layersOf } from './layers.ts'
import type { Wish } from './wish.ts'

/** What has become of commands that were in doubt. */
export interface EndedCommands {
  /** Done, refused, taken back by somebody, or overtaken by what the device has done: there is nothing more to do. */
  readonly settled: readonly string[]
  /** The device has not had it. */
  readonly lost: readonly string[]
}

export const owing = (wish: Wish): Wish => ({ ...wish, isSent: false, commandId: null })

export const isOwed = ({ commandId, isSent }: Wish): boolean => !isSent && commandId === null

export function wishIn(desire: Desire): Wish {
  const { layer: _, ...wish } = desire
  return wish
}

const sentAs = (desire: Desire, commandId: string): Desire => ({ ...desire, commandId, isSent: true })

/** @param isFirst whether it was never sent: then it is the doing of whoever wished it */
export function sendingOf(
  { action, argument, commandId, source, sourceId, untilMs }: Desire,
  overrideId: string | null,
  isFirst: boolean,
): Sending {
  if (commandId === null) throw new Error(`there is no command to send ${action} with`)
  return {
    commandId,
    action,
    value: argument,
    ...(isFirst && source === 'schedule'
      ? { source, requestedBy: sourceId }
      : { source: 'override' as const, requestedBy: overrideId }),
    whenOffline: 'hold',
    expiresAtMs: untilMs,
  }
}

/**
 * What is owed and counts now, as it is sent.
 * @param id from which the ids of the commands are counted on
 */
export function settling(
  state: Control,
  manual: readonly Wish[],
  id: string,
): { readonly sends: Sending[]; readonly sent: Desire[] } {
  const desired = isHeld(state) ? [] : [...desiredOf(layersOf(state, manual)).values()]
  const isOff = desired.some(({ isSwitch, value }) => isSwitch && value === false)
  const sent = desired
    .filter((desire) => isOwed(desire) && (!isOff || desire.isSwitch))
    .toSorted((one, other) => Number(other.isSwitch) - Number(one.isSwitch))
    .map((desire, n) => sentAs(desire, commandIdOf(id, n)))
  const overrideId = state.override?.id ?? state.safety?.id ?? null
  return { sent, sends: sent.map((desire) => sendingOf(desire, overrideId, true)) }
}

/** With what was owed under the commands that bring it. */
export function withSent<T extends Control>(state: T, sent: readonly Desire[]): T {
  const now = new Map(sent.map((desire) => [desire.field, wishIn(desire)]))
  return onWishes(state, (wish) => (isOwed(wish) ? (now.get(wish.field) ?? wish) : wish))
}

export function withEnded<T extends Control>(state: T, { lost, settled }: EndedCommands): T {
  const inDoubt = state.inDoubt.filter((id) => !lost.includes(id) && !settled.includes(id))
  return onWishes({ ...state, inDoubt }, (wish) => (lost.includes(wish.commandId ?? '') ? owing(wish) : wish))
}

/** What was sent is in doubt as long as somebody wishes it. */
export function withDoubts<T extends Control>(state: T, sends: readonly Sending[]): T {
  const wished = new Set([...state.base, ...(state.schedule?.wishes ?? [])].map(({ commandId }) => commandId))
  const ids = new Set([...state.inDoubt, ...sends.map(({ commandId }) => commandId)])
  return { ...state, inDoubt: [...ids].filter((id) => wished.has(id)) }
}

function onWishes<T extends Control>(state: T, change: (wish: Wish) => Wish): T {
  const { base, schedule } = state
  return {
    ...state,
    base: base.map(change),
    schedule: schedule && { ...schedule, wishes: schedule.wishes.map(change) },
  }
}
