import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { ReadingColumns } from './columns.ts'
import { rowGroupRows } from './parquet-schema.ts'

/**
 * SHA-256 (hex) of what rows say, whatever the file format makes of them: for each row its fields as text separated by
 * tabs, ended by a line feed. Numbers are written as the shortest text that gives them back; a zero keeps its sign.
 */
export async function hashRows(rows: ReadingColumns): Promise<string> {
  const hash = createHash('sha256')
  for (let from = 0; from < rows.length; from += rowGroupRows) {
    const to = Math.min(rows.length, from + rowGroupRows)
    let text = ''
    for (let row = from; row < to; row += 1) {
      const { port, ts, rawValue, calibratedValue, quality, ingestTs } = rows.point(row)
      text += `${rows.deviceId[row]}\t${port}\t${ts}\t${exact(rawValue)}\t${exact(calibratedValue)}\t${quality}\t${ingestTs}\n`
    }
    hash.update(text)
    await setImmediate()
  }
  return hash.digest('hex')
}

const exact = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))
