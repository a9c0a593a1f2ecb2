import { expect, test } from 'vitest'
import { Lateness } from './lateness.ts'

test('lateness is that of the last times, by rank', () => {
  const late = new Lateness()
  expect(late.quantileMs(0.99)).toBe(0)
  for (let ms = 100; ms >= 1; ms -= 1) late.note(ms)
  expect([0, 0.5, 0.99, 1].map((share) => late.quantileMs(share))).toEqual([1, 50, 99, 100])
  for (let n = 0; n < 1024; n += 1) late.note(7)
  expect(late.quantileMs(1)).toBe(7)
})
