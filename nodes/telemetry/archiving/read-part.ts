import { setImmediate } from 'node:timers/promises'
import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetScan, type RowGroup } from 'hyparquet'
import { z } from 'zod'
import type { Quality } from '../../platform/series/port.ts'
import { ReadingColumns } from './columns.ts'
import { ArchiveDamaged, reasonOf } from '../../platform/archive/errors.ts'
import type { Archive } from '../../platform/archive/port.ts'

/** What the footer of a file says about one of its row groups. */
export interface RowGroupInfo {
  readonly firstRow: number
  readonly rows: number
  /** Where its bytes are in the file. */
  readonly fromByte: number
  readonly toByte: number
  readonly minDevice: string
  readonly maxDevice: string
}

export interface PartFooter {
  readonly metadata: FileMetaData
  readonly groups: readonly RowGroupInfo[]
}

/** The footer and, as a rule, all of it with one read: 30 row groups take some 40 KB. */
const footerGuessBytes = 128 * 1024
const trailerBytes = 8
const magic = 'PAR1'

/** @throws ArchiveDamaged when there is no such file, or it is no Parquet file of ours */
export async function readFooter(archive: Archive, key: string, bytes: number): Promise<PartFooter> {
  const tail = await readAll(archive, key, Math.max(0, bytes - footerGuessBytes), bytes)
  if (tail.length < trailerBytes || new TextDecoder().decode(tail.subarray(-4)) !== magic)
    throw new ArchiveDamaged(`${key}: is no Parquet file`)
  const length =
    new DataView(tail.buffer, tail.byteOffset).getUint32(tail.length - trailerBytes, true) + trailerBytes
  if (length > bytes) throw new ArchiveDamaged(`${key}: the footer is longer than the file`)
  const footer = length <= tail.length ? tail : await readAll(archive, key, bytes - length, bytes)
  return damagedOnThrow(key, () => footerOf(parquetMetadata(footer)))
}

/** The rows of one row group, with one read. */
export async function readRowGroup(
  archive: Archive,
  key: string,
  footer: PartFooter,
  group: RowGroupInfo,
): Promise<ReadingColumns> {
  const bytes = await readAll(archive, key, group.fromByte, group.toByte)
  const file = window(bytes, group.fromByte)
  return await damagedOnThrow(key, () => decode(file, footer.metadata, group))
}

/** All rows of a file that is in memory. Gives others a turn after each row group. */
export async function readPart(key: string, content: Uint8Array): Promise<ReadingColumns> {
  return await damagedOnThrow(key, async () => {
    const { metadata, groups } = footerOf(parquetMetadata(content))
    const all = new ReadingColumns()
    for (const group of groups) {
      const rows = await decode(window(content, 0), metadata, group)
      for (let row = 0; row < rows.length; row += 1) all.add(rows.deviceId[row] ?? '', rows.point(row))
      await setImmediate()
    }
    return all
  })
}

async function readAll(archive: Archive, key: string, from: number, to: number): Promise<Uint8Array> {
  const bytes = await archive.read(key, from, to)
  if (bytes === undefined) throw new ArchiveDamaged(`${key}: is missing`)
  if (bytes.length !== to - from) throw new ArchiveDamaged(`${key}: is shorter than it was`)
  return bytes
}

function footerOf(metadata: FileMetaData): PartFooter {
  const groups: RowGroupInfo[] = []
  let firstRow = 0
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows)
    groups.push({ firstRow, rows, ...bytesOf(group), ...devicesOf(group) })
    firstRow += rows
  }
  return { metadata, groups }
}

function bytesOf(group: RowGroup): { readonly fromByte: number; readonly toByte: number } {
  let fromByte = Infinity
  let toByte = 0
  for (const { meta_data: column } of group.columns) {
    if (column === undefined) throw new Error('a column has no metadata')
    const start = Number(column.dictionary_page_offset ?? column.data_page_offset)
    fromByte = Math.min(fromByte, start)
    toByte = Math.max(toByte, start + Number(column.total_compressed_size))
  }
  return { fromByte, toByte }
}

const deviceRange = z.object({ min_value: z.string(), max_value: z.string() })

function devicesOf(group: RowGroup): { readonly minDevice: string; readonly maxDevice: string } {
  const column = group.columns.find(({ meta_data: data }) => data?.path_in_schema[0] === 'deviceId')
  const { min_value: minDevice, max_value: maxDevice } = deviceRange.parse(column?.meta_data?.statistics)
  return { minDevice, maxDevice }
}

/** Offsets of the file, bytes of a part of it. */
function window(bytes: Uint8Array, offset: number): AsyncBuffer {
  return {
    byteLength: offset + bytes.length,
    slice(start, end = offset + bytes.length) {
      if (start < offset || end > offset + bytes.length) throw new RangeError('outside of what was read')
      return Uint8Array.from(bytes.subarray(start - offset, end - offset)).buffer
    },
  }
}

const qualities: readonly string[] = ['good', 'out-of-range', 'late', 'suspect'] satisfies readonly Quality[]
const isQuality = (text: unknown): text is Quality => typeof text === 'string' && qualities.includes(text)

/** Hands on times as numbers; bigints of the same size would cost an allocation each. */
const parsers = {
  timestampFromMilliseconds: Number,
  timestampFromNanoseconds: Number,
  timestampFromMicroseconds: Number,
}

async function decode(
  file: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroupInfo,
): Promise<ReadingColumns> {
  const scan = await parquetScan({ file, metadata, parsers, useOffsetIndex: false })
  const rowStart = group.firstRow
  const rowEnd = rowStart + group.rows
  const column = async (name: string): Promise<ArrayLike<unknown>> => {
    const data = await scan.readColumn({ column: name, rowStart, rowEnd })
    if (data.length !== group.rows) throw new Error(`${name}: ${data.length} values for ${group.rows} rows`)
    return data
  }
  const numbers = async (name: string): Promise<readonly number[]> => Array.from(await column(name), Number)
  const rows = new ReadingColumns()
  const deviceIds = await column('deviceId')
  const [port, ts, raw] = [await numbers('port'), await numbers('ts'), await numbers('rawValue')]
  const [calibrated, ingest] = [await numbers('calibratedValue'), await numbers('ingestTs')]
  const qualityNames = await column('quality')
  for (let row = 0; row < group.rows; row += 1) {
    const { [row]: quality } = qualityNames
    if (!isQuality(quality)) throw new Error(`row ${rowStart + row}: unknown quality`)
    rows.add(String(deviceIds[row]), {
      port: port[row] ?? Number.NaN,
      ts: ts[row] ?? Number.NaN,
      rawValue: raw[row] ?? Number.NaN,
      calibratedValue: calibrated[row] ?? Number.NaN,
      quality,
      ingestTs: ingest[row] ?? Number.NaN,
    })
  }
  return rows
}

async function damagedOnThrow<T>(key: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new ArchiveDamaged(`${key}: ${reasonOf(error)}`, { cause: error })
  }
}
