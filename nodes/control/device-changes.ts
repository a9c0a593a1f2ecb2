import type { DeviceState } from '../devices/state.ts'
import type { Desired } from './layers.ts'
import type { OneDevice } from './one-device-messages.ts'

type Seen = Omit<OneDevice, 'changed'>

export const seenAs = ({ id, online, reported }: DeviceState, desired: Desired): Seen => ({
  deviceId: id,
  online,
  reported,
  desired: Object.fromEntries(Array.from(desired, ([field, { value }]) => [field, value])),
})

/** By name what is another than before; all that there is where nothing was known. Pure. */
export function changesOf(before: Seen | undefined, now: Seen): readonly string[] {
  const fieldsOf = (part: 'desired' | 'reported'): readonly string[] =>
    [...new Set([...Object.keys(before?.[part] ?? {}), ...Object.keys(now[part])])]
      .filter((field) => !isSame(before?.[part][field], now[part][field]))
      .map((field) => `${part}.${field}`)
  return [
    ...(before?.online === now.online ? [] : ['online']),
    ...fieldsOf('reported'),
    ...fieldsOf('desired'),
  ]
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
