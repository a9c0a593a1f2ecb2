import { segmentsOf } from '../../devices/payload-path.ts'
import { ownProperty } from './readings.ts'

export type PathReader = (value: unknown) => unknown

/** Paths are of classes, and there are no more of them than classes have; the bound is for those that come and go. */
const maxReaders = 10_000
const readers = new Map<string, PathReader>()

/** Reads what stands at a path, quoted keys included. */
export function readerOf(path: string): PathReader {
  const known = readers.get(path)
  if (known !== undefined) return known
  const [first = '', ...others] = segmentsOf(path)
  const reader: PathReader =
    others.length === 0
      ? (value) => ownProperty(value, first)
      : (value) => {
          let at = ownProperty(value, first)
          for (const segment of others) at = ownProperty(at, segment)
          return at
        }
  if (readers.size >= maxReaders) readers.clear()
  readers.set(path, reader)
  return reader
}
