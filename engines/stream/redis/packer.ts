import type { NewEntry, Route } from '../../../nodes/platform/stream/port.ts'
import { BatchEncoder } from '../shared/batch-codec.ts'
import { hashOf } from './names.ts'
import { checksumOf, rowBytesMax } from './row.ts'

const rowEntriesMax = 4096

interface Share {
  readonly entries: NewEntry[]
  /** How far each is from the first entry of the append. */
  readonly distances: number[]
  bytes: number
}

/** Makes rows of entries: for each partition one, or several when that would be large. */
export class Packer {
  readonly #encoder = new BatchEncoder()
  readonly #hashes = new WeakMap<Route, number>()

  /** Arguments of the append script, for each row: partition, count, oldest, newest, age, checksum, entries, distances. */
  pack(entries: readonly NewEntry[], partitions: number, nowMs: number): (string | number | Buffer)[] {
    const shares = Array.from({ length: partitions }, (): Share[] => [])
    let number = 0
    for (const entry of entries) {
      const own = shares[this.#hash(entry.route) % partitions]
      let share = own?.at(-1)
      if (share === undefined || share.bytes >= rowBytesMax || share.entries.length >= rowEntriesMax) {
        share = { entries: [], distances: [], bytes: 0 }
        own?.push(share)
      }
      share.entries.push(entry)
      share.distances.push(number)
      share.bytes += entry.data.length
      number += 1
    }
    return shares.flatMap((own, partition) => own.flatMap((share) => this.#row(partition, share, nowMs)))
  }

  #row(partition: number, { entries, distances }: Share, nowMs: number): (string | number | Buffer)[] {
    const { blob, minMs, maxMs } = this.#encoder.encode(entries, 0)
    const own = Buffer.from(blob)
    const inRow = distances.at(-1) === distances.length - 1
    const words = inRow ? Buffer.alloc(0) : Buffer.from(Uint32Array.from(distances).buffer)
    const checksum = checksumOf(own, inRow ? undefined : words)
    // An entry from the future must not outlive its retention, nor hold up what lies behind it.
    const ageMs = Math.min(maxMs, nowMs)
    return [partition, entries.length, minMs, maxMs, ageMs, checksum, own, words]
  }

  #hash(route: Route): number {
    const known = this.#hashes.get(route)
    if (known !== undefined) return known
    const hash = hashOf(route.key)
    this.#hashes.set(route, hash)
    return hash
  }
}

/** Throws a TypeError when one isn't an entry. */
export function checkEntries(entries: readonly NewEntry[]): void {
  for (const [at, { atMs, data }] of entries.entries()) {
    if (!Number.isFinite(atMs)) throw new TypeError(`atMs of entry ${at} is not a time: ${atMs}`)
    if (!(data instanceof Uint8Array)) throw new TypeError(`data of entry ${at} is not bytes`)
  }
}
