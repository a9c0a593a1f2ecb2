import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RankSearch } from './rank-search.ts'

function ranked(values: readonly number[], rank: number): number {
  const search = new RankSearch(rank)
  for (;;) {
    for (const value of values) search.add(value)
    const found = search.endPass()
    if (found !== undefined) return found
  }
}

describe('A search for a rank by passes', () => {
  it('finds what sorting finds, whatever the values', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(-0, 5e-324, -5e-324, Infinity, -Infinity, Number.MAX_VALUE),
    )
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), fc.nat(), (values, seed) => {
        const rank = seed % values.length
        // Sorting takes 0 and -0 for the same.
        expect(ranked(values, rank) + 0).toBe((values.toSorted((a, b) => a - b)[rank] ?? 0) + 0)
      }),
    )
  })

  it('ends when values have gone since it began', () => {
    const search = new RankSearch(2)
    for (const value of [1, 2, 3]) search.add(value)
    search.endPass()
    for (let pass = 0; pass < 2; pass++) {
      search.add(3)
      expect(search.endPass()).toBeUndefined()
    }
    search.add(3)
    expect(search.endPass()).toBe(3)
  })
})
