import { expect, test } from 'vitest'
import { createRandom } from '../sim/random.ts'
import { planVisit, wrongCode } from './visit.ts'

test('guests are of all kinds: most come, some mistype, a few cancel or never come', () => {
  const dice = createRandom('guests')
  const slotMs = 300_000
  const visits = Array.from({ length: 2000 }, () => planVisit(['a', 'b'], slotMs, dice))
  const share = (is: (visit: (typeof visits)[number]) => boolean): number => visits.filter(is).length / 2000
  expect(share(({ podId }) => podId === 'a')).toBeCloseTo(0.5, 1)
  expect(share(({ cancels }) => cancels)).toBeCloseTo(0.1, 1)
  expect(share(({ cancels, comesAfterMs }) => !cancels && comesAfterMs === undefined)).toBeCloseTo(0.05, 1)
  expect(share(({ wrongCodes }) => wrongCodes > 0)).toBeCloseTo(0.33, 1)
  // Somebody guesses until the keypad locks, now and then.
  expect(share(({ wrongCodes }) => wrongCodes >= 5)).toBeGreaterThan(0)
  expect(visits.every(({ slots, staysMs }) => staysMs < slots * slotMs)).toBe(true)
})

test('a wrong code is another one of as many digits', () => {
  expect([wrongCode('482913'), wrongCode('999999'), wrongCode('000000')]).toEqual([
    '482914',
    '000000',
    '000001',
  ])
})
