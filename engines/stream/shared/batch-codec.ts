/**
 * A batch as one blob: what is of fixed width first, in typed arrays, then each route once, then all data.
 *
 * | bytes | what |
 * | --- | --- |
 * | 24 | magic, count (u32), first (f64), routes, bytes of routes (u32) |
 * | 8 · count | atMs (f64) |
 * | 4 · count | which route (u32) |
 * | 4 · count | length of data (u32) |
 * | … | routes, data |
 *
 * Numbers are in the host's byte order; the magic tells a file from a host of the other kind.
 */
import type { NewEntry, Route } from '../../../nodes/platform/stream/port.ts'
import { encodeRoute, type EncodedRoute, type RouteDecoder } from './route-codec.ts'

const magic = 0x464c_5331
const headerBytes = 24
const fixedBytes = 16
const scratchBytes = 1 << 20
const scratchKeptBytes = 16 << 20

export interface EncodedBatch {
  /** Valid until the next call of the encoder. */
  readonly blob: Uint8Array
  readonly minMs: number
  readonly maxMs: number
}

export class BatchEncoder {
  readonly #routes = new WeakMap<Route, EncodedRoute>()
  #batch = 0
  #bytes = new Uint8Array(0)
  #words = new Uint32Array(0)
  #doubles = new Float64Array(0)

  constructor() {
    this.#allocate(scratchBytes)
  }

  /** Throws a TypeError when an entry isn't one. */
  encode(entries: readonly NewEntry[], first: number): EncodedBatch {
    const count = entries.length
    this.#batch += 1
    const routes: EncodedRoute[] = []
    const timesAt = headerBytes / 8
    const routesAt = headerBytes / 4 + count * 2
    const lengthsAt = routesAt + count
    const fixedEnd = headerBytes + count * fixedBytes
    this.#reserve(fixedEnd, 0)
    let routeBytes = 0
    let dataBytes = 0
    let minMs = Number.POSITIVE_INFINITY
    let maxMs = Number.NEGATIVE_INFINITY
    let at = 0
    for (const { route, atMs, data } of entries) {
      if (!Number.isFinite(atMs)) throw new TypeError(`atMs of entry ${at} is not a time: ${atMs}`)
      if (!(data instanceof Uint8Array)) throw new TypeError(`data of entry ${at} is not bytes`)
      const encoded = this.#encoded(route)
      if (encoded.batch !== this.#batch) {
        encoded.batch = this.#batch
        encoded.index = routes.length
        routes.push(encoded)
        routeBytes += encoded.bytes.length
      }
      this.#doubles[timesAt + at] = atMs
      this.#words[routesAt + at] = encoded.index
      this.#words[lengthsAt + at] = data.length
      dataBytes += data.length
      if (atMs < minMs) minMs = atMs
      if (atMs > maxMs) maxMs = atMs
      at += 1
    }
    const total = fixedEnd + routeBytes + dataBytes
    this.#reserve(total, fixedEnd)
    const bytes = this.#bytes
    this.#words[0] = magic
    this.#words[1] = count
    this.#doubles[1] = first
    this.#words[4] = routes.length
    this.#words[5] = routeBytes
    let to = fixedEnd
    for (const route of routes) {
      bytes.set(route.bytes, to)
      to += route.bytes.length
    }
    for (const { data } of entries) {
      bytes.set(data, to)
      to += data.length
    }
    if (bytes.length > scratchKeptBytes) this.#allocate(scratchBytes)
    return { blob: bytes.subarray(0, total), minMs, maxMs }
  }

  #encoded(route: Route): EncodedRoute {
    const known = this.#routes.get(route)
    if (known !== undefined) return known
    const encoded = encodeRoute(route)
    this.#routes.set(route, encoded)
    return encoded
  }

  #reserve(bytes: number, keep: number): void {
    if (bytes <= this.#bytes.length) return
    const kept = this.#bytes.subarray(0, keep)
    this.#allocate(Math.max(bytes, this.#bytes.length * 2))
    this.#bytes.set(kept)
  }

  #allocate(bytes: number): void {
    const buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8)
    this.#bytes = new Uint8Array(buffer)
    this.#words = new Uint32Array(buffer)
    this.#doubles = new Float64Array(buffer)
  }
}

/**
 * What `make` makes of the entries of a blob whose checksum was right; throws a RangeError when it isn't the batch it
 * should be.
 */
export function decodeBatch<E>(
  blob: Uint8Array,
  first: number,
  count: number,
  routes: RouteDecoder,
  make: (route: Route, atMs: number, data: Uint8Array, index: number) => E,
): E[] {
  // Not slice, which of a Buffer is a view.
  const aligned = blob.byteOffset % 8 === 0 ? blob : new Uint8Array(blob)
  const fixedEnd = headerBytes + count * fixedBytes
  if (aligned.length < fixedEnd) throw new RangeError('shorter than its entries need')
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, fixedEnd / 4)
  const doubles = new Float64Array(aligned.buffer, aligned.byteOffset, fixedEnd / 8)
  if (words[0] !== magic) throw new RangeError('of an unknown format')
  if (words[1] !== count || doubles[1] !== first) throw new RangeError('not the batch that belongs here')
  const buffer = Buffer.from(aligned.buffer, aligned.byteOffset, aligned.length)
  const table: Route[] = []
  let at = fixedEnd
  for (let index = words[4] ?? 0; index > 0; index -= 1) {
    const { route, end } = routes.decode(buffer, at)
    table.push(route)
    at = end
  }
  const entries: E[] = []
  const timesAt = headerBytes / 8
  const routesAt = headerBytes / 4 + count * 2
  for (let index = 0; index < count; index += 1) {
    const route = table[words[routesAt + index] ?? -1]
    const end = at + (words[routesAt + count + index] ?? 0)
    if (route === undefined || end > aligned.length) throw new RangeError('an entry runs past its end')
    entries.push(make(route, doubles[timesAt + index] ?? 0, aligned.subarray(at, end), index))
    at = end
  }
  return entries
}
