import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../platform/kit/bytes.ts'
import { ImportLines, linesOf, maxLineChars, type ReadLine } from './import-lines.ts'

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = utf8Bytes(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function allLines(pieces: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of linesOf(pieces)) lines.push(line)
  return lines
}
const reading = (ts: number, port: number, rawValue: number): ReadLine => ({
  kind: 'reading',
  reading: { ts, port, rawValue },
})
const readAll = (...lines: readonly string[]): readonly ReadLine[] => {
  const reader = new ImportLines()
  return lines.map((line) => reader.read(line)).filter(({ kind }) => kind !== 'nothing')
}

test.each([1, 2, 7, 1000])('lines of pieces of %d bytes are those of the text', async (size) => {
  const lines = await allLines(inPieces('\ufeffts,°C\r\n\r\n1,2\n3,é', size))
  expect(lines).toEqual(['ts,°C', '', '1,2', '3,é'])
})

test('a line without end is refused before it fills memory', async () => {
  const endless = allLines(inPieces('x'.repeat(maxLineChars + 1), 100))
  await expect(endless).rejects.toThrow(RangeError)
})

describe('a line is', () => {
  const ms = Date.UTC(2019, 0, 1)

  test('CSV by the names of its columns, in any order, as an export writes it', () => {
    expect(
      readAll(
        'ts,port,name,unit,rawValue,calibratedValue,quality,ingestTs',
        '2019-01-01T00:00:00.000Z,1,"air, ""inner""",°C,20.5,41,good,2019-01-01T00:00:01.000Z',
        '',
      ),
    ).toEqual([reading(ms, 1, 20.5)])
    expect(readAll('value,port,ts', `7,2,${new Date(ms).toISOString()}`)).toEqual([reading(ms, 2, 7)])
  })

  test('or an object of JSON', () => {
    expect(
      readAll(
        `{"ts":${ms},"port":1,"value":5}`,
        '{"ts":"2019-01-01T01:00:00+01:00","port":2,"rawValue":6,"calibratedValue":12}',
      ),
    ).toEqual([reading(ms, 1, 5), reading(ms, 2, 6)])
  })

  test.each([
    ['ts,port', 'name the columns'],
    ['{"ts":1', 'not JSON'],
    ['{"port":1,"value":5}', 'ts'],
    ['{"ts":"noon","port":1,"value":5}', 'ts: must be ISO 8601'],
    ['{"ts":1,"port":1024,"value":5}', 'port'],
    ['{"ts":1,"port":1}', 'value: is needed'],
    ['{"ts":1,"port":1,"value":"much"}', 'value'],
  ])('wrong: %s', (line, message) => {
    expect(readAll(line)).toEqual([{ kind: 'wrong', message: expect.stringContaining(message) }])
  })
})
