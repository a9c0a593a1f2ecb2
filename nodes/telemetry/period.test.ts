import { describe, expect, test } from 'vitest'
import { periodOf } from './period.ts'

const now = Date.UTC(2025, 8, 6, 12)
const day = 86_400_000

describe('a period', () => {
  test('is the last day, with room for clocks that run ahead, when nothing is said', () => {
    expect(periodOf({}, now)).toEqual({ fromMs: now - day, toMs: now + day })
    expect(periodOf({}, now, 3 * day)).toEqual({ fromMs: now - 3 * day, toMs: now + day })
  })

  test('ends and begins where the caller says, in any offset', () => {
    const to = '2025-09-01T02:00:00+02:00'
    const end = Date.UTC(2025, 8, 1)
    expect(periodOf({ to }, now)).toEqual({ fromMs: end - day, toMs: end })
    expect(periodOf({ from: '2025-08-01T00:00:00Z', to }, now)).toEqual({
      fromMs: Date.UTC(2025, 7, 1),
      toMs: end,
    })
    expect(periodOf({ from: '2025-09-01T00:00:00Z', to }, now)).toEqual({ fromMs: end, toMs: end })
  })

  test('that ends before it begins is refused, naming the field', () => {
    expect(periodOf({ from: '2025-09-01T00:00:00.001Z', to: '2025-09-01T00:00:00Z' }, now)).toMatchObject({
      refusal: { problem: { status: 400, errors: [{ path: 'query.from' }] } },
    })
  })
})
