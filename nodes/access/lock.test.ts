import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRefused } from '../platform/kit/decider/decider.ts'
import { codeSetOf, type CodeSet, digitsFor, entryOf, type LockCode } from './epoch.ts'
import { codeKeyOf } from './code.ts'
import { exposedUntilMs, isHeld, type Lock, type LockCommand, lockDecider, lockRules } from './lock.ts'

const minute = 60_000
const key = codeKeyOf('a secret of the platform, long enough')
const code = (bookingId: string, fromMs = 0, untilMs = 60 * minute): LockCode => ({
  bookingId,
  n: 0,
  issuedIn: 0,
  fromMs,
  untilMs,
})

type KeepCodes = Extract<LockCommand, { type: 'KeepCodes' }>
type Command = Exclude<LockCommand, KeepCodes> | (Omit<KeepCodes, 'after'> & Partial<KeepCodes>)

/** Codes as if they were gathered just now, unless the command says otherwise. */
const decided = (state: Lock | undefined, command: Command, nowMs: number) =>
  lockDecider.decide(
    state,
    command.type === 'KeepCodes' ? { after: state?.epoch ?? 0, ...command } : command,
    nowMs,
  )

function after(state: Lock | undefined, command: Command, nowMs: number): Lock | undefined {
  const decision = decided(state, command, nowMs)
  if (isRefused(decision)) return state
  let next = state
  for (const event of decision) next = lockDecider.evolve(next, event, nowMs)
  return next
}
const keep = (codes: LockCode[], changes: Partial<KeepCodes> = {}): Command => ({
  type: 'KeepCodes',
  podId: 'p1',
  mode: 'offline',
  codes,
  keyMark: 'k',
  isStuck: false,
  ...changes,
})
const held = (epoch: number): Command => ({ type: 'NoteHeld', podId: 'p1', epoch })
function given(...steps: readonly (readonly [Command, number])[]): Lock {
  let state: Lock | undefined
  for (const [command, nowMs] of steps) state = after(state, command, nowMs)
  if (state === undefined) throw new Error('there is no lock')
  return state
}

describe('the lock of a pod', () => {
  test('that asks the platform is none', () => {
    expect(decided(undefined, keep([], { mode: 'online' }), 0)).toEqual({ refused: 'missing' })
  })

  test('begins an epoch with each other set, and none with the same or with one that lacks what is over', () => {
    const first = given([keep([code('a'), code('b', 0, 5)]), 1])
    expect(first).toMatchObject({ epoch: 1, held: null })
    expect(decided(first, keep([code('b', 0, 5), code('a')]), 2)).toEqual([])
    expect(decided(first, keep([code('a')]), 5)).toEqual([])
    expect(after(first, keep([code('a'), code('c')]), 6)).toMatchObject({ epoch: 2, revoked: [] })
  })

  test('takes no codes that were gathered before an epoch that others have begun since', () => {
    const second = given([keep([code('a')]), 1], [keep([code('a'), code('b')]), 2])
    expect(decided(second, keep([code('a')], { after: 1 }), 3)).toEqual({ refused: 'overtaken' })
    expect(decided(second, keep([code('a'), code('b')], { after: 1 }), 3)).toEqual({ refused: 'overtaken' })
    expect(decided(undefined, keep([code('a')], { after: 1 }), 3)).toEqual({ refused: 'overtaken' })
  })

  test('says until when a code that was taken back may open the door', () => {
    const cancelled = given([keep([code('a'), code('b')]), 1], [held(1), 2], [keep([code('b')]), 10])
    expect(cancelled.revoked).toMatchObject([{ bookingId: 'a', revokedAtMs: 10, epoch: 2, goneAtMs: null }])
    const [unknown] = cancelled.revoked
    expect(unknown && exposedUntilMs(unknown)).toBe(60 * minute)
    const late = after(cancelled, held(1), 15)
    expect(late?.revoked).toMatchObject([{ goneAtMs: null }])
    const gone = after(cancelled, held(2), 20)
    expect(gone?.revoked.map(exposedUntilMs)).toEqual([20])
    expect(isHeld(gone)).toBe(true)
  })

  test('takes a shorter time as taking back, and a longer one not', () => {
    const longer = given([keep([code('a')]), 1], [keep([code('a', 0, 90 * minute)]), 2])
    expect(longer.revoked).toEqual([])
    expect(after(longer, keep([code('a', 0, 30 * minute)]), 3)?.revoked).toHaveLength(1)
  })

  test('changes its key once a day, with a new key of the platform, and when its pod asks again', () => {
    const state = given([keep([]), 0], [held(1), 1])
    expect(decided(state, keep([]), lockRules.keyLivesMs - 1)).toEqual([])
    expect(after(state, keep([]), lockRules.keyLivesMs)?.epoch).toBe(2)
    expect(after(state, keep([], { keyMark: 'other' }), 2)?.epoch).toBe(2)
    const online = after(state, keep([], { mode: 'online' }), 2)
    expect(online).toMatchObject({ epoch: 2, mode: 'online', rotatesAtMs: null })
    expect(decided(online, keep([], { mode: 'online' }), 10 * lockRules.keyLivesMs)).toEqual([])
  })

  test('offers what the pod did not take again, not at once and not when it has it', () => {
    const state = given([keep([code('a')]), 0])
    const again = keep([code('a')], { isStuck: true })
    expect(decided(state, again, lockRules.offerAgainMs - 1)).toEqual([])
    expect(after(state, again, lockRules.offerAgainMs)?.epoch).toBe(2)
    expect(decided(after(state, held(1), 1), again, lockRules.offerAgainMs)).toEqual([])
  })

  test('believes nobody about an epoch that has not begun', () => {
    expect(decided(given([keep([]), 0]), held(2), 1)).toEqual([])
    expect(decided(undefined, held(1), 1)).toEqual({ refused: 'missing' })
  })
})

/** A pod as the simulator's: it takes a set that is not older than the one it has, and judges by that alone. */
function opens(set: CodeSet | undefined, digits: string, nowMs: number): boolean {
  return (
    set?.codes.some(
      ({ from, hash, until }) =>
        hash === entryOf(set.key, digits) && Date.parse(from) <= nowMs && nowMs < Date.parse(until),
    ) ?? false
  )
}

type Step =
  | { readonly kind: 'book' | 'cancel'; readonly which: number }
  | { readonly kind: 'deliver'; readonly nth: number; readonly isAnswered: boolean }
  | { readonly kind: 'pass'; readonly minutes: number }
const step: Arbitrary<Step> = oneof(
  record({ kind: constantFrom('book' as const, 'cancel' as const), which: nat(7) }),
  record({ kind: constant('deliver' as const), nth: nat(4), isAnswered: boolean() }),
  record({ kind: constant('pass' as const), minutes: integer({ min: 1, max: 40 }) }),
)

test('whatever is lost, late or sent again, no code opens a door longer than the lock says', () => {
  let openings = 0
  assert(
    property(array(step, { maxLength: 40 }), (steps) => {
      let nowMs = 0
      let lock: Lock | undefined
      let pod: CodeSet | undefined
      const wanted = new Map<string, LockCode>()
      const known = new Map<string, LockCode>()
      const sent: CodeSet[] = []
      for (const each of steps) {
        if (each.kind === 'pass') nowMs += each.minutes * minute
        else if (each.kind === 'deliver') {
          // The newest, or one that was on its way for long.
          const set = sent.at(-1 - each.nth)
          if (set !== undefined && set.epoch >= (pod?.epoch ?? 0)) {
            pod = set
            if (each.isAnswered) lock = after(lock, held(set.epoch), nowMs)
          }
        } else {
          const id = `b${each.which}`
          const fromMs = Math.floor(nowMs / (60 * minute)) * 60 * minute + (each.which % 2) * 30 * minute
          const booked = { ...code(id, fromMs, fromMs + 90 * minute), issuedIn: lock?.epoch ?? 0 }
          if (each.kind === 'cancel') wanted.delete(id)
          else if (!wanted.has(id)) wanted.set(id, booked)
          for (const one of wanted.values()) known.set(`${one.bookingId}/${one.issuedIn}/${one.fromMs}`, one)
          const epoch = lock?.epoch
          lock = after(lock, keep([...wanted.values()]), nowMs)
          if (lock !== undefined && lock.epoch !== epoch) sent.push(codeSetOf(key, 'acme', 'p1', lock))
        }
        for (const one of known.values()) {
          if (!opens(pod, digitsFor(key, 'acme', 'p1', one), nowMs)) continue
          openings += 1
          expect(nowMs).toBeGreaterThanOrEqual(one.fromMs)
          const isLive = [...wanted.values()].some(
            ({ bookingId, untilMs }) => bookingId === one.bookingId && nowMs < untilMs,
          )
          const isExposed = lock?.revoked.some(
            (gone) => gone.bookingId === one.bookingId && nowMs <= exposedUntilMs(gone),
          )
          expect(isLive || isExposed).toBe(true)
        }
      }
    }),
    { numRuns: 2000, seed: 40 },
  )
  expect(openings).toBeGreaterThan(500)
})
