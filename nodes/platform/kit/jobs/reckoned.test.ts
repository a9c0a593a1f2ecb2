import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { leastStepMs } from '../ahead.ts'
import { type Reckoned, toldAnew } from './reckoned.ts'

interface Lasting extends Reckoned {
  readonly endsAtMs: number
}
const moved = (lasting: Lasting, byMs: number): Lasting => ({
  ...lasting,
  endsAtMs: lasting.endsAtMs + byMs,
})
const seed = Number(process.env['SEED'] ?? 20_260_401)

test(`what lasts so long is over after that time, however often the clock is set and whoever tells it anew (SEED=${seed})`, () => {
  const step = fc.record({
    byMs: fc.integer({ min: -7_200_000, max: 7_200_000 }).filter((byMs) => Math.abs(byMs) >= leastStepMs),
    /** Two processes of a machine do, or nobody is there. */
    looks: fc.integer({ min: 0, max: 2 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 1 }), (steps, lastsMs) => {
      let aheadMs = 1_800_000_000_000
      const now = () => ({ machine: 'm1', aheadMs })
      let lasting: Lasting = { endsAtMs: aheadMs + lastsMs, reckoned: now() }
      for (const { byMs, looks } of steps) {
        aheadMs += byMs
        for (let look = 0; look < looks; look += 1) lasting = toldAnew(lasting, now(), moved)
      }
      // What was set by less than a second, all in all, nobody sees.
      expect(Math.abs(toldAnew(lasting, now(), moved).endsAtMs - aheadMs - lastsMs)).toBeLessThan(leastStepMs)
    }),
    { seed, numRuns: 200 },
  )
})

test('another machine takes it as it stands, and so does one that has booted', () => {
  const lasting: Lasting = { endsAtMs: 5000, reckoned: { machine: 'm1', aheadMs: 0 } }
  expect(toldAnew(lasting, { machine: 'm2', aheadMs: 3_600_000 }, moved)).toBe(lasting)
  expect(toldAnew({ endsAtMs: 5000 }, { machine: 'm1', aheadMs: 3_600_000 }, moved)).toEqual({
    endsAtMs: 5000,
  })
})
