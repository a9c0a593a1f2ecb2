import * as fc from 'fast-check'
import { historyPods, historyUsers } from './history-world.fixture.ts'

const which = fc.nat(9)
const small = fc.integer({ min: 1, max: 6 })
/** What may be done, by whom, and what may go wrong in between. */
export const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('book' as const),
      user: fc.constantFrom(...historyUsers),
      pod: fc.constantFrom(...historyPods),
      slot: fc.nat(6),
      slots: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('extend' as const), which, slots: small }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      which,
      pod: fc.constantFrom(...historyPods),
      slot: fc.nat(6),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('grant' as const),
      user: fc.constantFrom(...historyUsers),
      credits: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      which,
      percent: fc.integer({ min: 1, max: 100 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('buy' as const), user: fc.constantFrom(...historyUsers) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which,
      status: fc.constantFrom(
        'paid' as const,
        'paid' as const,
        'paid' as const,
        'failed' as const,
        'expired' as const,
      ),
      isShort: fc.nat(4).map((n) => n === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('webhook' as const), which, isKept: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('giveBack' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('outage' as const), answers: small }) },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), count: small, isTwice: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redeliver' as const), count: small }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('type' as const),
      which,
      pod: fc.constantFrom(undefined, undefined, undefined, undefined, ...historyPods),
      isWrong: fc.nat(3).map((n) => n === 0),
      lateMs: fc.constantFrom(0, 0, 0, 60_000, 150_000, -150_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('come' as const),
      which,
      // On both sides of when its code begins and ends to count.
      minutes: fc.constantFrom(-7, -6, -5, 0, 10, 29, 30, 31, 59, 60),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('guess' as const), which, count: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retype' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('door' as const),
      which,
      event: fc.constantFrom(
        'OPEN_DOOR' as const,
        'SESSION_START' as const,
        'SESSION_END' as const,
        'CLOSE_DOOR' as const,
      ),
      lateMs: fc.nat(20 * 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('unlock' as const), pod: fc.constantFrom(...historyPods) }),
  },
  // A clock is put back, too.
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('time' as const), minutes: fc.integer({ min: -20, max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), isMuteBefore: fc.boolean() }) },
)
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
