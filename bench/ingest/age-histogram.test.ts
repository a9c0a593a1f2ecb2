import { describe, expect, it } from 'vitest'
import { AgeHistogram, ageBoundsMs, ageQuantileMs } from './age-histogram.ts'

describe('the age histogram', () => {
  it('counts an age in the first bucket whose bound it does not pass', () => {
    const histogram = new AgeHistogram()
    for (const age of [-5, 0, 1, 1.2, 2, 5000, 5001, 90_000]) histogram.record(age)
    expect(histogram.counts[0]).toBe(3)
    expect(histogram.counts[1]).toBe(2)
    expect(histogram.counts[ageBoundsMs.length - 1]).toBe(1)
    expect(histogram.counts[ageBoundsMs.length]).toBe(2)
  })

  it('interpolates quantiles within a bucket', () => {
    const counts = ageBoundsMs.map((bound) => (bound === 10 ? 50 : bound === 30 ? 50 : 0))
    expect(ageQuantileMs([...counts, 0], 0.5)).toBe(10)
    expect(ageQuantileMs([...counts, 0], 0.75)).toBe(25)
  })

  it('has no number for what is older than the last bound, or for nothing', () => {
    expect(ageQuantileMs([...ageBoundsMs.map(() => 0), 3], 0.5)).toBe(Number.POSITIVE_INFINITY)
    expect(ageQuantileMs([...ageBoundsMs.map(() => 0), 0], 0.5)).toBeNaN()
  })
})
