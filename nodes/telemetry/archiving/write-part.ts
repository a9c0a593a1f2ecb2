import { setImmediate } from 'node:timers/promises'
import { ByteWriter, ParquetWriter, type ColumnSource } from 'hyparquet-writer'
import type { ReadingColumns } from './columns.ts'
import { partSchema, rowGroupRows } from './parquet-schema.ts'

/**
 * A Parquet file of the rows, in their order: snappy, a row group for each {@link rowGroupRows} rows, with least and
 * greatest values of each column. The same rows give the same bytes. Gives others a turn after each row group.
 */
export async function writePart(rows: ReadingColumns): Promise<Uint8Array> {
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: partSchema,
    codec: 'SNAPPY',
    // Cut-off device ids would not tell which row groups have a device.
    statisticsTruncateLength: Infinity,
    createdBy: 'fleetloom',
  })
  for (let from = 0; from < rows.length; from += rowGroupRows) {
    await parquet.write({
      columnData: columnsOf(rows, from, from + rowGroupRows),
      rowGroupSize: rowGroupRows,
    })
    await setImmediate()
  }
  await parquet.finish()
  return writer.getBytes()
}

function columnsOf(rows: ReadingColumns, from: number, to: number): ColumnSource[] {
  const doubles = (values: readonly number[]): Float64Array => Float64Array.from(values.slice(from, to))
  const instants = (values: readonly number[]): BigInt64Array =>
    BigInt64Array.from(values.slice(from, to), (value) => BigInt(value))
  return [
    { name: 'deviceId', data: rows.deviceId.slice(from, to) },
    { name: 'port', data: Int32Array.from(rows.port.slice(from, to)) },
    { name: 'ts', data: instants(rows.ts), encoding: 'DELTA_BINARY_PACKED' },
    // No dictionary for numbers: it would take 0 and -0 for the same.
    { name: 'rawValue', data: doubles(rows.rawValue), encoding: 'BYTE_STREAM_SPLIT' },
    { name: 'calibratedValue', data: doubles(rows.calibratedValue), encoding: 'BYTE_STREAM_SPLIT' },
    { name: 'quality', data: rows.quality.slice(from, to) },
    { name: 'ingestTs', data: instants(rows.ingestTs), encoding: 'DELTA_BINARY_PACKED' },
  ]
}
