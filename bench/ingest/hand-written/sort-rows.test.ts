import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sortRows } from './sort-rows.ts'
import { allocateTail, columnsOf } from './tail.ts'

describe('sorting a tail', () => {
  it('lists every row once, by series and then by time', () => {
    const row = fc.record({ series: fc.integer({ min: 0, max: 4 }), ts: fc.integer({ min: 0, max: 20 }) })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (input) => {
        const columns = columnsOf(allocateTail(60))
        for (const [index, { series, ts }] of input.entries()) {
          columns.series[index] = series
          columns.ts[index] = ts
        }
        const { rows, starts } = sortRows(columns, input.length, 5)
        const expected = [...input.keys()].sort((left, right) => {
          const [a, b] = [input[left], input[right]]
          if (a === undefined || b === undefined) return 0
          return a.series - b.series || a.ts - b.ts || left - right
        })
        expect([...rows]).toEqual(expected)
        for (let series = 0; series < 5; series++) {
          const slice = rows.subarray(starts[series], starts[series + 1])
          expect([...slice].every((index) => input[index]?.series === series)).toBe(true)
        }
      }),
    )
  })
})
