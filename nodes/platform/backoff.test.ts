import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

const backoff = { firstMs: 100, lastMs: 5000 }

test('a pause doubles with each failure, up to the last', () => {
  expect([0, 1, 2, 5, 6, 1000].map((attempt) => backoffMs(attempt, backoff, 1))).toEqual([
    100, 200, 400, 3200, 5000, 5000,
  ])
})

test('the upper half of a pause is chance, so that those who failed together do not come back together', () => {
  expect([0, 0.5, 1].map((random) => backoffMs(1, backoff, random))).toEqual([100, 150, 200])
})
