import { describe, expect, it } from 'vitest'
import { UniqueClock } from './unique-clock.ts'

function take(clock: UniqueClock, nowMs: number, count: number): string[] {
  return Array.from({ length: count }, () => {
    clock.advance(nowMs)
    return `${clock.ts}/${clock.pair}`
  })
}

describe('the clock of one device', () => {
  it('tells the time when asked once a millisecond', () => {
    const clock = new UniqueClock(4)
    expect([...take(clock, 1000, 1), ...take(clock, 1007, 1)]).toEqual(['1000/0', '1007/0'])
  })

  it('uses every port pair of a millisecond before it runs ahead of the time', () => {
    expect(take(new UniqueClock(2), 1000, 5)).toEqual(['1000/0', '1000/1', '1001/0', '1001/1', '1002/0'])
  })

  it('is strictly increasing with one pair, also when the time goes back', () => {
    const clock = new UniqueClock(1)
    expect([...take(clock, 1000, 2), ...take(clock, 990, 2)]).toEqual([
      '1000/0',
      '1001/0',
      '1002/0',
      '1003/0',
    ])
  })
})
