import { describe, expect, test } from 'vitest'
import { decimalsOfIncrement, findGaps, gapThreshold, valueRange } from './chart-rules.ts'

const every = (intervalMs: number, count: number, fromMs = 0): number[] =>
  Array.from({ length: count }, (_, index) => fromMs + index * intervalMs)

describe('gaps in a line', () => {
  test('a silence of five usual intervals is one', () => {
    const times = [...every(4000, 10), ...every(4000, 10, 100_000)]
    expect(gapThreshold(times)).toBe(20_000)
    expect(findGaps(times, gapThreshold(times))).toEqual([[36_000, 100_000]])
  })

  test('a device that reports every two minutes has none', () => {
    const times = every(120_000, 7)
    expect(findGaps(times, gapThreshold(times))).toEqual([])
  })

  test('fast readings may pause for some seconds', () => {
    expect(gapThreshold(every(100, 50))).toBe(10_000)
  })

  test('one point or none has no gap', () => {
    expect(findGaps([5], gapThreshold([5]))).toEqual([])
    expect(findGaps([], gapThreshold([]))).toEqual([])
  })
})

describe('the value axis', () => {
  test('leaves room above and below', () => {
    expect(valueRange(10, 20)).toEqual([9, 21])
  })

  test('does not blow up the noise of a steady value', () => {
    const [low, high] = valueRange(230, 230.1)
    expect(high - low).toBeGreaterThan(4)
    expect((high + low) / 2).toBeCloseTo(230.05)
  })

  test('has bounds without data and for a flat zero', () => {
    expect(valueRange(null, null)).toEqual([0, 1])
    const [low, high] = valueRange(0, 0)
    expect(low).toBeLessThan(0)
    expect(high).toBeGreaterThan(0)
  })

  test.each([
    [5, 0],
    [0.5, 1],
    [0.25, 2],
    [0.1, 1],
    [0.001, 3],
    [200, 0],
  ])('ticks %d apart have %d decimals', (increment, decimals) => {
    expect(decimalsOfIncrement(increment)).toBe(decimals)
  })
})
