import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { distinct } from './distinct.ts'
import type { Values } from './distinct.ts'

const piece = (ts: readonly number[], value: number): Values => ({
  ts: Float64Array.from(ts),
  values: new Float64Array(ts.length).fill(value),
})
const readingsOf = (pieces: readonly Values[]): readonly (readonly [number, number | undefined])[] =>
  pieces.flatMap(({ ts, values }) => Array.from(ts, (at, i) => [at, values[i]] as const))

describe('Readings of several sources', () => {
  it('follow each other as they are when the sources lie apart in time', () => {
    const [late, early] = [piece([5, 6], 0), piece([1, 2], 1)]
    expect(distinct([[late], [], [early]])).toEqual([early, late])
    expect(distinct([[], []])).toEqual([])
  })

  it('are each there once, as the oldest source has them, whatever overlaps', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.array(times, { maxLength: 5 }), fc.nat(12), (sources, cut) => {
        const ascending = sources.map((one) => one.toSorted((a, b) => a - b))
        const expected = new Map<number, number>()
        for (const [age, one] of ascending.entries())
          for (const ts of one) if (!expected.has(ts)) expected.set(ts, age)
        // Some sources come in two pieces, as a run of several chunks does.
        const pieces = ascending.map((one, age) =>
          [one.slice(0, cut), one.slice(cut)].filter(({ length }) => length > 0).map((ts) => piece(ts, age)),
        )
        expect(readingsOf(distinct(pieces))).toEqual([...expected].sort(([a], [b]) => a - b))
      }),
    )
  })
})
