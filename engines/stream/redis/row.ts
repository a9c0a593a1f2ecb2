import { crc32 } from 'node:zlib'
import type { Entry, Route } from '../../../nodes/platform/stream/port.ts'
import { decodeBatch } from '../shared/batch-codec.ts'
import type { RouteDecoder } from '../shared/route-codec.ts'
import { bytesOf, listOf, textOf } from './answers.ts'

/** A reader gets whole rows: larger ones, but for a single large entry, would make what it holds hard to bound. */
export const rowBytesMax = 128 << 10

/** An entry as consumers get it; a spread copy has no offset, which is made when somebody asks. */
export class RedisEntry implements Entry {
  readonly route: Route
  readonly atMs: number
  readonly data: Uint8Array
  readonly partition: number
  /** Its number in the whole stream. */
  readonly number: number
  /** Its number in its partition. */
  readonly index: number
  readonly row: string
  readonly deliveries: number

  constructor(
    route: Route,
    atMs: number,
    data: Uint8Array,
    partition: number,
    number: number,
    index: number,
    row: string,
    deliveries: number,
  ) {
    this.route = route
    this.atMs = atMs
    this.data = data
    this.partition = partition
    this.number = number
    this.index = index
    this.row = row
    this.deliveries = deliveries
  }

  get offset(): string {
    return String(this.number)
  }

  redelivered(deliveries: number): RedisEntry {
    const { route, atMs, data, partition, number, index, row } = this
    return new RedisEntry(route, atMs, data, partition, number, index, row, deliveries)
  }
}

/** The number that an offset stands for; throws a RangeError. */
export function numberOfOffset(offset: string): number {
  const number = /^\d{1,16}$/.test(offset) ? Number(offset) : Number.NaN
  if (!Number.isSafeInteger(number)) throw new RangeError(`not an offset of this stream: ${offset}`)
  return number
}

export interface Row {
  readonly id: string
  /** The stream's number of the append's first entry. */
  readonly number: number
  /** Index in the partition of its first entry. */
  readonly first: number
  readonly count: number
  /** The newest time of any entry of the partition up to here: it never falls. */
  readonly highMs: number
  readonly minMs: number
  readonly maxMs: number
  readonly bytes: number
  readonly entries: () => readonly RedisEntry[]
}

/** A row as XREAD and XRANGE answer it; `entries` throws a RangeError when it was damaged. */
export function rowOf(answer: unknown, partition: number, routes: RouteDecoder): Row {
  const [idAnswer, fieldsAnswer] = listOf(answer)
  const [, m, , b, , d] = listOf(fieldsAnswer)
  const id = textOf(idAnswer)
  const [first = 0, count = 0, minMs = 0, maxMs = 0, highMs = 0, , checksum = 0] = textOf(m)
    .split(' ')
    .map(Number)
  const blob = bytesOf(b)
  const distances = d === undefined ? undefined : bytesOf(d)
  const number = numberOfRow(id)
  const entries = (): readonly RedisEntry[] => {
    if (checksumOf(blob, distances) !== checksum) throw new RangeError('the checksum is wrong')
    const words = distances === undefined ? undefined : wordsOf(distances)
    return decodeBatch(blob, 0, count, routes, (route, atMs, data, at) => {
      const distance = words === undefined ? at : (words[at] ?? 0)
      return new RedisEntry(route, atMs, data, partition, number + distance, first + at, id, 0)
    })
  }
  return { id, number, first, count, highMs, minMs, maxMs, bytes: blob.length, entries }
}

export function checksumOf(blob: Uint8Array, distances: Uint8Array | undefined): number {
  const checksum = crc32(blob)
  return distances === undefined ? checksum : crc32(distances, checksum)
}

export function numberOfRow(id: string): number {
  return Number(id.slice(0, id.indexOf('-')))
}

/** The id right before, for commands that read what comes after one. */
export function idBefore(id: string): string {
  const [number = '0', ordinal = '0'] = id.split('-')
  if (ordinal !== '0') return `${number}-${Number(ordinal) - 1}`
  return number === '0' ? '0-0' : `${Number(number) - 1}-18446744073709551615`
}

function wordsOf(bytes: Buffer): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}
