import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseIsoTime, toIsoTime } from './iso-time.ts'

const noon = Date.UTC(2025, 8, 6, 12)

describe('reading an ISO 8601 time', () => {
  test.each([
    ['2025-09-06T12:00:00.123Z', noon + 123],
    ['2025-09-06T12:00:59.999Z', noon + 59_999],
    ['2025-09-06T12:00:07Z', noon + 7000],
    ['2025-09-06T14:30:00+02:30', noon],
    ['2025-09-06T07:00:00.000-05:00', noon],
    ['2025-09-06T12:00Z', noon],
    ['2024-02-29T00:00:00.000Z', Date.UTC(2024, 1, 29)],
    ['2025-09-05T24:00:00.000Z', Date.UTC(2025, 8, 6)],
  ])('%s', (text, ms) => {
    expect(parseIsoTime(text)).toBe(ms)
  })

  test.each([
    '2025-09-06T12:00:60.000Z',
    '2025-09-06T12:00:5a.000Z',
    '2025-09-06T12:00:00.1x3Z',
    '2025-09-06T12:00:00,123Z',
    '2025-09-06T12:00-00.123Z',
    '2025-13-06T12:00:00.000Z',
    '2025-02-30T12:00:00.000Z',
    '2025-02-29T12:00:00Z',
    '2025-04-31T12:00:00+02:00',
    'yesterday',
    '',
  ])('%j is none, whichever minute was read before', (text) => {
    parseIsoTime('2025-09-06T12:00:01.000Z')
    expect(parseIsoTime(text)).toBeNaN()
    expect(parseIsoTime(text)).toBeNaN()
  })

  test('24:00 has no other second, also when it was read just before', () => {
    parseIsoTime('2025-09-05T24:00:00.000Z')
    expect(parseIsoTime('2025-09-05T24:00:30.000Z')).toBeNaN()
  })

  test('any time comes back from its text, in whatever order they come', () => {
    const time = fc.integer({ min: 0, max: 253_402_300_799_999 })
    fc.assert(
      fc.property(fc.array(fc.oneof(time, fc.integer({ min: noon, max: noon + 120_000 }))), (times) => {
        for (const ms of times) {
          expect(parseIsoTime(toIsoTime(ms))).toBe(ms)
          expect(parseIsoTime(toIsoTime(ms).replace(/\.\d+/, ''))).toBe(Math.floor(ms / 1000) * 1000)
        }
      }),
    )
  })
})
