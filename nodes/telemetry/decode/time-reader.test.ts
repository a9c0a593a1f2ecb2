import { describe, expect, test } from 'vitest'
import type { timeFormats } from '../../devices/class-decode.ts'
import { at, oneOf } from './foreign-class.fixture.ts'
import { received } from './uplink.fixture.ts'

type Format = (typeof timeFormats)[number]

describe('times', () => {
  const iso = '2025-09-06T12:00:00.000Z'
  test.each<[unknown, Format, string?]>([
    [1_757_160_000, 'epoch-s'],
    [1_757_160_000, 'auto'],
    ['1757160000', 'epoch-s'],
    ['1757160000', 'auto'],
    [1_757_160_000_000, 'epoch-ms'],
    [1_757_160_000_000, 'auto'],
    [1_757_160_000_000_000, 'epoch-us'],
    [1_757_160_000_000_000, 'auto'],
    ['1757160000000000123', 'epoch-ns'],
    ['1757160000000000123', 'auto'],
    [1_757_160_000.25, 'auto', '2025-09-06T12:00:00.250Z'],
    ['2025-09-06 12:00:00Z', 'auto'],
    ['2025-09-06 12:00:00Z', 'standard'],
    ['2025-09-06T13:00:00+0100', 'standard'],
    ['2025-09-06T13:00:00+01', 'iso'],
    ['2025-09-06T12:00:00,000000Z', 'iso'],
    ['2025-09-06T12:00Z', 'iso'],
  ])('%j as %s', (ts, format, expected = iso) => {
    const record = oneOf({ time: { path: 'ts', format } })
    expect(received(JSON.stringify({ ts, v: 1 }), record).readings).toEqual([[1, 1, expected]])
  })

  test.each<[unknown, Format]>([
    ['2025-09-06T12:00:00', 'iso'],
    ['noon', 'auto'],
    [1_757_160_000, 'iso'],
    ['2025-02-30T12:00:00Z', 'auto'],
    [true, 'auto'],
    ['9'.repeat(80), 'auto'],
  ])('%j is none as %s', (ts, format) => {
    const record = oneOf({ time: { path: 'ts', format } })
    expect(received(JSON.stringify({ ts, v: 1 }), record).reasons).toEqual(['ts-invalid'])
  })

  test('of a clock that is not set are dead letters, or those of the receipt and suspect', () => {
    const payload = '{"ts":12,"v":1}'
    expect(received(payload, oneOf({ time: { path: 'ts', format: 'epoch-s' } })).reasons).toEqual([
      'ts-too-old',
    ])
    const trusting = oneOf({ time: { path: 'ts', format: 'epoch-s', clockNotSet: 'receipt' } })
    expect(received(payload, trusting)).toEqual({ ...at([1, 1]), suspect: 1 })
    expect(received('{"ts":1757160000,"v":1}', trusting).suspect).toBe(0)
    expect(received('{"ts":"soon","v":1}', trusting).reasons).toEqual(['ts-invalid'])
  })
})
