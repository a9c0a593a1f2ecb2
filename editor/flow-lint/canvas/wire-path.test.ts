import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outputPoint, wirePath } from './wire-path.ts'

const coordinate = fc.integer({ min: -2000, max: 2000 })
const point = fc.record({ x: coordinate, y: coordinate })

describe('the path of a wire', () => {
  test('begins at one end and ends at the other', () => {
    fc.assert(
      fc.property(point, point, (from, to) => {
        const path = wirePath(from, to)
        expect(path[0]).toEqual(from)
        expect(path.at(-1)?.x).toBeCloseTo(to.x)
        expect(path.at(-1)?.y).toBeCloseTo(to.y)
      }),
    )
  })

  test('leaves to the right and arrives from the left', () => {
    fc.assert(
      fc.property(point, point, (from, to) => {
        fc.pre(from.x !== to.x)
        const path = wirePath(from, to)
        expect(path[1]?.x).toBeGreaterThanOrEqual(from.x)
        expect(path.at(-2)?.x).toBeLessThanOrEqual(to.x + 1e-6)
      }),
    )
  })

  test('stays between both rows on its way forwards', () => {
    fc.assert(
      fc.property(point, point, (from, to) => {
        fc.pre(to.x > from.x)
        for (const { y } of wirePath(from, to)) {
          expect(y).toBeGreaterThanOrEqual(Math.min(from.y, to.y) - 1e-6)
          expect(y).toBeLessThanOrEqual(Math.max(from.y, to.y) + 1e-6)
        }
      }),
    )
  })
})

test('outputs are 13 px apart, about the middle of the node', () => {
  expect([0, 1].map((output) => outputPoint(50, 100, output, 2).y)).toEqual([93.5, 106.5])
  expect(outputPoint(50, 100, 0, 1)).toEqual({ x: 50, y: 100 })
})
