import { expect, test } from 'vitest'
import { FrameRate } from './frame-rate.ts'

test('so many at once, then as they are refilled', () => {
  let nowMs = 0
  const rate = new FrameRate(10, 3, () => nowMs)
  const taken = (): boolean[] => [rate.take(), rate.take(), rate.take(), rate.take()]
  expect(taken()).toEqual([true, true, true, false])
  nowMs = 99
  expect(rate.take()).toBe(false)
  nowMs = 200
  expect([rate.take(), rate.take(), rate.take()]).toEqual([true, true, false])
  nowMs = 1_000_000
  expect(taken()).toEqual([true, true, true, false])
})
