import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultTimeWindow, describe as describeValue, parseTimestamp } from './timestamp.ts'

const receivedAt = Date.UTC(2025, 8, 6, 12)
const parse = (value: unknown): ReturnType<typeof parseTimestamp> =>
  parseTimestamp(value, { receivedAt }, defaultTimeWindow)

describe("a device's time", () => {
  test.each([
    ['2025-09-06T12:00:00Z', 0],
    ['2025-09-06T11:59:59.500Z', -500],
    ['2025-09-06T14:00:00+02:00', 0],
    ['2025-09-06T11:59:59.123456789Z', -877],
    ['2025-09-06T12:00Z', 0],
    ['2025-09-06 12:00:00Z', 0],
    ['2025-09-06T13:00:00+0100', 0],
    ['2025-09-06T12:00:00,5z', 500],
    [receivedAt - 5, -5],
    [undefined, 0],
    [null, 0],
  ])('%s', (value, fromReceipt) => {
    expect(parse(value)).toEqual({ kind: 'ok', ts: receivedAt + fromReceipt })
  })

  test.each([
    '2025-09-06T12:00:00',
    '2025-09-06',
    'Sat, 06 Sep 2025 12:00:00 GMT',
    '2025-09-31T12:00:00Z',
    '1757160000000',
    '',
    1.5,
    Number.NaN,
    true,
    {},
    [],
  ])('%j is none', (value) => {
    expect(parse(value)).toMatchObject({ kind: 'bad', reason: 'ts-invalid' })
  })

  test('may be 5 minutes ahead and 30 days behind, to the millisecond', () => {
    const { futureMs, pastMs } = defaultTimeWindow
    expect(parse(receivedAt + futureMs).kind).toBe('ok')
    expect(parse(receivedAt + futureMs + 1)).toMatchObject({ reason: 'ts-in-future' })
    expect(parse(receivedAt - pastMs).kind).toBe('ok')
    expect(parse(receivedAt - pastMs - 1)).toMatchObject({ reason: 'ts-too-old' })
    expect(parse(Number.MAX_SAFE_INTEGER)).toMatchObject({ reason: 'ts-in-future' })
  })

  test('whatever it is, it is judged without throwing, and what is accepted is inside the window', () => {
    const likely = fc
      .tuple(fc.date({ noInvalidDate: true }), fc.string({ maxLength: 2 }), fc.nat(23))
      .map(([date, noise, at]) => {
        const text = date.toISOString()
        return text.slice(0, at) + noise + text.slice(at + noise.length)
      })
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), likely, fc.integer()), (value) => {
        const parsed = parse(value)
        if (parsed.kind === 'bad') return
        expect(parsed.ts).toBeGreaterThanOrEqual(receivedAt - defaultTimeWindow.pastMs)
        expect(parsed.ts).toBeLessThanOrEqual(receivedAt + defaultTimeWindow.futureMs)
      }),
    )
  })
})

describe('a value in a message', () => {
  test('is short', () => {
    expect(describeValue('x'.repeat(1000))).toHaveLength(80)
    expect(describeValue(undefined)).toBe('undefined')
  })

  test('may be nested deeper than the stack', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    expect(describeValue(JSON.parse(deep))).toBe('a deeply nested array')
  })
})
