import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'
import { readCommon } from './common-payload.ts'

const noon = Date.UTC(2025, 8, 6, 12)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const parsed = (text: string): unknown => JSON.parse(text)

describe('the common payload, read from its bytes', () => {
  test.each([
    [
      'as JSON.stringify writes it',
      '{"ts":"2025-09-06T12:00:00.123Z","readings":[{"port":1,"value":230.5},{"port":2,"value":0}]}',
      noon + 123,
    ],
    [
      'as json.dumps of Python does',
      '{"ts": "2025-09-06T12:00:07.009Z", "readings": [{"port": 1, "value": -0.25}, {"port": 2, "value": 7}]}',
      noon + 7009,
    ],
    [
      'with a time of whole seconds',
      '{"ts":"2025-09-06T12:00:59Z","readings":[{"port":1023,"value":1}]}',
      noon + 59_000,
    ],
  ])('%s', (_, text, ts) => {
    expect(readCommon(bytesOf(text))).toEqual({ ...Object(parsed(text)), ts })
  })

  test.each(['{"readings":[{"port":1,"value":122}]}', '{"readings": [{"port": 1, "value": 122.0}]}'])(
    'without a time: %s',
    (text) => {
      expect(readCommon(bytesOf(text))).toEqual(parsed(text))
    },
  )

  test.each([
    '',
    '{',
    '[]',
    '{"readings":[]}',
    '{"readings":[{"port":1,"value":1}]',
    '{"readings":[{"port":1,"value":1}]} ',
    '{"readings":[{"port":1,"value":1}],"battery":3}',
    '{"readings":[{"port":1,"value":1,"ts":"2025-09-06T12:00:00Z"}]}',
    '{"readings":[{"port":01,"value":1}]}',
    '{"readings":[{"port":1,"value":1.}]}',
    '{"readings":[{"port":1,"value":.5}]}',
    '{"readings":[{"port":1,"value":-}]}',
    '{"readings":[{"port":1,"value":1e3}]}',
    '{"readings":[{"port":1,"value":9007199254740993}]}',
    '{"readings":[{"port":1,"value":"1"}]}',
    '{"readings":[{"value":1,"port":1}]}',
    '{"ts":"2025-09-05T24:00:00.000Z","readings":[{"port":1,"value":1}]}',
    '{"ts":"2025-02-30T12:00:00.000Z","readings":[{"port":1,"value":1}]}',
    '{"ts":"2025-09-06T12:00:60.000Z","readings":[{"port":1,"value":1}]}',
    '{"ts":"2025-09-06T12:00:00.1Z","readings":[{"port":1,"value":1}]}',
    '{"ts":"2025-09-06T12:00:00.000+02:00","readings":[{"port":1,"value":1}]}',
    '{"ts":1757160000000,"readings":[{"port":1,"value":1}]}',
  ])('%j is left to the parser, whichever minute was read before', (text) => {
    readCommon(bytesOf('{"ts":"2025-09-06T12:00:00.123Z","readings":[{"port":1,"value":1}]}'))
    expect(readCommon(bytesOf(text))).toBeUndefined()
  })

  const decimal = fc
    .tuple(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.nat(999_999))
    .map(([whole, fraction]) => `${whole}.${fraction}`)
  const number = fc.oneof(
    decimal,
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  )
  const time = fc.oneof(
    fc.integer({ min: 0, max: 253_402_300_799_999 }),
    fc.integer({ min: noon, max: noon + 120_000 }),
  )
  const payload = fc
    .record({
      gap: fc.constantFrom('', ' '),
      time: fc.option(time),
      readings: fc.array(fc.tuple(fc.nat(1023), number), { minLength: 1, maxLength: 5 }),
    })
    .map(({ gap, time: ms, readings }) => {
      const ts = ms === null ? '' : `"ts":${gap}"${new Date(ms).toISOString()}",${gap}`
      const list = readings.map(([port, value]) => `{"port":${gap}${port},${gap}"value":${gap}${value}}`)
      return `{${ts}"readings":${gap}[${list.join(`,${gap}`)}]}`
    })

  /** What `JSON.parse` has, its time as milliseconds where it is one. */
  const withTime = (text: string): unknown =>
    JSON.parse(text, (key, value: unknown) => (key === 'ts' ? parseIsoTime(String(value)) : value))

  test('is what JSON.parse gives, down to the last bit of a number', () => {
    let common = 0
    fc.assert(
      fc.property(payload, (text) => {
        const read = readCommon(bytesOf(text))
        if (read !== undefined) common += 1
        // Exponents, and more digits than are exact, are left to the parser.
        return read === undefined ? /\d[eE]|\d{8,}/.test(text) : isDeepStrictEqual(read, withTime(text))
      }),
      { numRuns: 2000 },
    )
    expect(common).toBeGreaterThan(200)
  })

  test('with any byte changed it is what JSON.parse gives, or left to it', () => {
    fc.assert(
      fc.property(payload, fc.nat(), fc.nat(255), (text, place, byte) => {
        const bytes = bytesOf(text)
        bytes[place % bytes.length] = byte
        const read = readCommon(bytes)
        return read === undefined || isDeepStrictEqual(read, withTime(new TextDecoder().decode(bytes)))
      }),
      { numRuns: 5000 },
    )
  })
})
