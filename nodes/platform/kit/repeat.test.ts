import { expect, test } from 'vitest'
import { virtualClock } from '../testing/virtual-clock.fixture.ts'
import { repeat } from './repeat.ts'

test('a task runs again and again until it is ended', async () => {
  const clock = virtualClock(0)
  const atMs: number[] = []
  const end = repeat(clock, 1000, () => void atMs.push(clock.nowMs()))
  await clock.pass(2500)
  end()
  await clock.pass(2500)
  expect(atMs).toEqual([1000, 2000])
})
