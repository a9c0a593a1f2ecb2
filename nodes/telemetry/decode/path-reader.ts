import { segmentsOf } from '../../devices/payload-path.ts'
import { ownProperty } from './readings.ts'

export type PathReader = (value: unknown) => unknown

/** Paths are of classes, and there are no more of them than classes have; the bound is for those that come and go. */
const maxReaders = 10_000
const readers = new Map<string, PathReader>()

/** What objects, lists and bytes inherit: to be told from what they have of their own. */
const isInherited = (name: string): boolean => name in Array.prototype || name in Uint8Array.prototype

function newReader([first = '', ...others]: readonly string[]): PathReader {
  if (others.length > 0)
    return (value) => {
      let at = ownProperty(value, first)
      for (const segment of others) at = ownProperty(at, segment)
      return at
    }
  if (isInherited(first)) return (value) => ownProperty(value, first)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object; nothing is believed of what it has
  return (value) => (typeof value === 'object' && value !== null ? (value as Fields)[first] : undefined)
}

type Fields = Readonly<Record<string, unknown>>

/** Reads what stands at a path, quoted keys included. */
export function readerOf(path: string): PathReader {
  const known = readers.get(path)
  if (known !== undefined) return known
  const reader = newReader(segmentsOf(path))
  if (readers.size >= maxReaders) readers.clear()
  readers.set(path, reader)
  return reader
}
