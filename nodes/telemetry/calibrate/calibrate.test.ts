import { expect, test } from 'vitest'
import { calibrate } from './calibrate.ts'

test.each([
  [230.5, 1, 0, 230.5],
  [10, 2, 1, 21],
  [0, 5, -3, -3],
  [-4, -0.5, 0, 2],
])('%d × %d + %d = %d', (rawValue, scaling, offset, expected) => {
  expect(calibrate(rawValue, { scaling, offset })).toBe(expected)
})

test('what does not fit into a number is infinite, for its caller to refuse', () => {
  expect(calibrate(1e308, { scaling: 100, offset: 0 })).toBe(Infinity)
})
