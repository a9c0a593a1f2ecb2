import type { DeviceClass } from '../../devices/device-class.ts'
import { describe } from '../timestamp.ts'
import { readerOf } from './path-reader.ts'

type Words = NonNullable<DeviceClass['lifecycle']>

/** Whether the payload says that the device is online; a text to a person where it says neither. */
export function onlineBy({ offline, online, path }: Words, value: unknown): boolean | string {
  const isBare = typeof value !== 'object' || value === null
  const told = path === undefined || isBare ? value : readerOf(path)(value)
  const word = typeof told === 'string' ? told.trim() : JSON.stringify(told)
  if (online.includes(word ?? '')) return true
  if (offline.includes(word ?? '')) return false
  return `${path ?? 'the payload'}: ${describe(told)} is neither of the words for online nor of those for offline`
}
