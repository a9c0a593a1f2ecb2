import { describe, expect, it } from 'vitest'
import { LatencyHistogram } from './histogram.ts'

describe('the latency histogram', () => {
  it('is exact below 64 microseconds', () => {
    const histogram = new LatencyHistogram()
    for (let value = 1; value <= 50; value++) histogram.record(value)
    expect(histogram.quantileMs(0.5)).toBe(0.025)
    expect(histogram.quantileMs(1)).toBe(0.05)
  })

  it('answers within 4 % above the true quantile, over six orders of magnitude', () => {
    for (const value of [64, 127, 128, 1000, 1023, 1024, 54_321, 1_000_000, 60_000_000, 0x3fff_ffff]) {
      const histogram = new LatencyHistogram()
      histogram.record(value)
      const answer = histogram.quantileMs(0.99) * 1000
      expect(answer).toBeGreaterThanOrEqual(value - 0.001)
      expect(answer).toBeLessThan(value * 1.04)
    }
  })

  it('separates the median from the tail', () => {
    const histogram = new LatencyHistogram()
    for (let n = 0; n < 980; n++) histogram.record(1000)
    for (let n = 0; n < 20; n++) histogram.record(90_000)
    expect(histogram.quantileMs(0.5)).toBeCloseTo(1, 1)
    expect(histogram.quantileMs(0.99)).toBeGreaterThan(89)
  })

  it('answers 0 while it is empty and after a reset', () => {
    const histogram = new LatencyHistogram()
    expect(histogram.quantileMs(0.5)).toBe(0)
    histogram.record(10)
    histogram.reset()
    expect(histogram.total).toBe(0)
    expect(histogram.quantileMs(0.99)).toBe(0)
  })
})
