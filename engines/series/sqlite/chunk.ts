/**
 * A chunk: readings of one series within one UTC day, ascending by ts, each ts once, packed into a blob.
 *
 * Layout, little-endian: version u8, kinds of ingest, raw, calibrated, quality u8 each, 3 spare bytes, count u32,
 * offsets of the same four columns u32 each, first ts f64; then ts as deltas of deltas, ingest, raw, calibrated, quality.
 */
import { f64, u8 } from './element.ts'
import { crc32 } from 'node:zlib'

import { ByteReader, ByteWriter, CONSTANT, PLAIN, readNumbers, SAME, writeNumbers } from './columns.ts'
import type { Columns } from './columns.ts'

export const DAY_MS = 86_400_000
/** Small enough that a query for a few rows decodes little, large enough that the header and the row are nothing. */
export const MAX_CHUNK_ROWS = 4096

const HEADER_BYTES = 36
const VERSION = 1
/** ingest − ts, one more than a delta of ts can be. */
const FROM_TS = 1

export function dayOf(ts: number): number {
  return Math.floor(ts / DAY_MS)
}

export class ChunkEncoder {
  readonly #writer = new ByteWriter()
  #lags = new Float64Array(MAX_CHUNK_ROWS)

  /** The bytes are valid until the next call. */
  encode(columns: Columns, count: number): Uint8Array {
    const writer = this.#writer
    writer.reset(HEADER_BYTES + count * 40 + 64)
    const view = new DataView(writer.bytes.buffer)
    const first = f64(columns.ts, 0)
    view.setUint32(0, VERSION, true)
    view.setUint32(8, count, true)
    view.setFloat64(28, first, true)
    writer.at = HEADER_BYTES
    writeTimes(writer, columns.ts, count)
    view.setUint32(12, writer.at, true)
    view.setUint8(1, this.#writeIngest(columns, count))
    view.setUint32(16, writer.at, true)
    view.setUint8(2, writeNumbers(writer, columns.raw, count))
    view.setUint32(20, writer.at, true)
    view.setUint8(3, writeCalibrated(writer, columns, count))
    view.setUint32(24, writer.at, true)
    view.setUint8(4, writeQuality(writer, columns.quality, count))
    return writer.bytes.subarray(0, writer.at)
  }

  #writeIngest(columns: Columns, count: number): number {
    const { ts, ingest } = columns
    if (this.#lags.length < count) this.#lags = new Float64Array(count)
    const lags = this.#lags
    for (let i = 0; i < count; i++) {
      const at = f64(ts, i)
      const lag = f64(ingest, i) - at
      // What would not come back exactly (huge or fractional) is kept as it is.
      if (!(Number.isInteger(lag) && Math.abs(lag) < 2 ** 50 && Object.is(at + lag, ingest[i]))) {
        this.#writer.doubles(ingest, count)
        return PLAIN
      }
      lags[i] = lag
    }
    let before = 0
    for (let i = 0; i < count; i++) {
      const lag = f64(lags, i)
      this.#writer.signed(lag - before)
      before = lag
    }
    return FROM_TS
  }
}

function writeTimes(writer: ByteWriter, ts: Float64Array, count: number): void {
  let before = f64(ts, 0)
  let delta = 0
  for (let i = 1; i < count; i++) {
    const now = f64(ts, i)
    writer.signed(now - before - delta)
    delta = now - before
    before = now
  }
}

function writeCalibrated(writer: ByteWriter, columns: Columns, count: number): number {
  const { raw, calibrated } = columns
  for (let i = 0; i < count; i++)
    if (!Object.is(raw[i], calibrated[i])) return writeNumbers(writer, calibrated, count)
  return SAME
}

function writeQuality(writer: ByteWriter, quality: Uint8Array, count: number): number {
  const first = u8(quality, 0)
  for (let i = 1; i < count; i++) {
    if (quality[i] === first) continue
    writer.bytes.set(quality.subarray(0, count), writer.at)
    writer.at += count
    return PLAIN
  }
  writer.bytes[writer.at++] = first
  return CONSTANT
}

/** The series is part of the sum, so that a chunk that ended up under another key is found out, too. */
export function chunkChecksum(series: number, data: Uint8Array): number {
  return crc32(data, series)
}

/** Columns are unpacked when first asked for: most questions need the times alone. */
export class Chunk implements Columns {
  readonly count: number
  readonly #data: Uint8Array
  readonly #view: DataView
  #ts: Float64Array | undefined
  #raw: Float64Array | undefined
  #calibrated: Float64Array | undefined
  #ingest: Float64Array | undefined
  #quality: Uint8Array | undefined

  /** `data` must have passed its checksum. */
  constructor(data: Uint8Array) {
    this.#data = data
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    if (data[0] !== VERSION) throw new Error(`Chunk format ${String(data[0])} is not known to this version`)
    this.count = this.#view.getUint32(8, true)
  }

  get ts(): Float64Array {
    if (this.#ts !== undefined) return this.#ts
    const reader = new ByteReader(this.#data, HEADER_BYTES)
    const ts = new Float64Array(this.count)
    let now = this.#view.getFloat64(28, true)
    let delta = 0
    ts[0] = now
    for (let i = 1; i < ts.length; i++) {
      delta += reader.signed()
      now += delta
      ts[i] = now
    }
    return (this.#ts = ts)
  }

  get ingest(): Float64Array {
    if (this.#ingest !== undefined) return this.#ingest
    const reader = this.#reader(12)
    if (this.#data[1] === PLAIN) return (this.#ingest = reader.doubles(this.count))
    const ts = this.ts
    const ingest = new Float64Array(this.count)
    let lag = 0
    for (let i = 0; i < ingest.length; i++) {
      lag += reader.signed()
      ingest[i] = f64(ts, i) + lag
    }
    return (this.#ingest = ingest)
  }

  get raw(): Float64Array {
    return (this.#raw ??= readNumbers(this.#reader(16), u8(this.#data, 2), this.count))
  }

  get calibrated(): Float64Array {
    const kind = u8(this.#data, 3)
    if (kind === SAME) return this.raw
    return (this.#calibrated ??= readNumbers(this.#reader(20), kind, this.count))
  }

  get quality(): Uint8Array {
    if (this.#quality !== undefined) return this.#quality
    const at = this.#view.getUint32(24, true)
    return (this.#quality =
      this.#data[4] === CONSTANT
        ? new Uint8Array(this.count).fill(u8(this.#data, at))
        : this.#data.subarray(at, at + this.count))
  }

  #reader(offsetAt: number): ByteReader {
    return new ByteReader(this.#data, this.#view.getUint32(offsetAt, true))
  }
}
