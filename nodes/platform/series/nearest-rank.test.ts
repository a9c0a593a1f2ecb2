import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { nearestRank, selectRanks } from './nearest-rank.ts'

function ranked(values: readonly number[], percents: readonly number[]): readonly (number | undefined)[] {
  const room = Float64Array.from([...values, Number.NaN])
  const ranks = percents.map((percent) => nearestRank(percent, values.length))
  const steps = [...selectRanks(room, values.length, ranks)]
  expect(steps.length).toBeLessThan(100)
  return ranks.map((rank) => room[rank])
}

describe('Percentiles by nearest rank', () => {
  it('are the smallest values that enough others do not exceed', () => {
    expect(ranked([15, 20, 35, 40, 50], [5, 30, 40, 50, 100])).toEqual([15, 20, 20, 35, 50])
    expect(ranked([7], [50, 95])).toEqual([7, 7])
    expect(ranked([2, 1], [50, 51])).toEqual([1, 2])
  })

  it('are what sorting finds, whatever the values', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ noNaN: true }))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (values) => {
        const plain = values.map((one) => one + 0)
        const sorted = plain.toSorted((a, b) => a - b)
        const expected = [50, 95].map((percent) => sorted[Math.ceil((percent / 100) * sorted.length) - 1])
        expect(ranked(plain, [50, 95])).toEqual(expected)
      }),
    )
  })

  it.each([
    ['ascend', (i: number) => i],
    ['descend', (i: number) => -i],
    ['are all the same', () => 4],
    ['are one of two', (i: number) => i % 2],
  ])('are found in a few passes when a million values %s', (_name, value) => {
    const values = Float64Array.from({ length: 1_000_000 }, (_, i) => value(i))
    const sorted = values.toSorted()
    const ranks = [50, 95].map((percent) => nearestRank(percent, values.length))
    let yields = 0
    for (const _ of selectRanks(values, values.length, ranks)) yields++
    expect(ranks.map((rank) => values[rank])).toEqual(ranks.map((rank) => sorted[rank]))
    expect(yields).toBeLessThan(30)
  })
})
