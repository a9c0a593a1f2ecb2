import { describe, expect, it } from 'vitest'
import { backoffMs } from './connection.ts'

describe('the wait before a reconnect', () => {
  it('doubles up to half a minute, spread over its upper half', () => {
    const waits = [0, 1, 2, 10].map((attempt) => backoffMs(attempt, () => 0))
    expect(waits).toEqual([250, 500, 1_000, 15_000])
    expect(backoffMs(10, () => 0.999_999)).toBe(30_000)
  })
})
