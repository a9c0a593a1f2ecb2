/** Random rules and histories, and the evaluator as the platform works with it. */
import * as fc from 'fast-check'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { Alert } from './alert.ts'
import { catchUp } from './catch-up.ts'
import { afterStep, notAhead } from './clock-steps.ts'
import { compileRule } from './compile-rule.ts'
import {
  advance,
  closed,
  deadlineOf,
  evaluate,
  newWatch,
  type Transition,
  type WatchedReading,
  type WatchState,
} from './evaluate.ts'
import { glance } from './glance.ts'
import { byArrival } from './recent-readings.ts'
import { aRule, at } from './rule.fixture.ts'
import type { Rule } from './rule.ts'

/** How many histories; a failure prints the seed that brings it back. */
export const runs = Number(process.env['ALERT_HISTORIES'] ?? 400)
export const seed = Number(process.env['ALERT_SEED'] ?? 20_260_105)
export const lastSecond = 250
/** What any of the rules waits for at most. */
export const longestMs = 60_000

const port = fc.integer({ min: 1, max: 2 })
const value = fc.integer({ min: 0, max: 8 })
const seconds = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max }).map((s) => s * 1000)
const range = fc.tuple(value, value).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }))
const gap = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined })
const limit = (kind: 'above' | 'below', sign: number): fc.Arbitrary<object> =>
  fc
    .tuple(port, value, gap)
    .map(([p, v, by]) => ({ kind, port: p, value: v, clearAt: by === undefined ? undefined : v + sign * by }))
const leaf = fc.oneof(
  limit('above', -1),
  limit('below', 1),
  fc
    .tuple(port, range, fc.constantFrom('between', 'outside'))
    .map(([p, { high, low }, kind]) => ({ kind, port: p, low, high })),
  fc.record({ kind: fc.constant('equals'), port, value }),
  fc.record({
    kind: fc.constant('rate'),
    port,
    perMinute: fc.constantFrom(7, 31, 61),
    direction: fc.constantFrom('rising', 'falling', 'either'),
  }),
  fc.record({
    kind: fc.constant('deviation'),
    port,
    windowMs: seconds(40),
    percent: fc.constantFrom(11, 37),
  }),
  fc.record({ kind: fc.constant('no-data'), forMs: seconds(40) }),
  fc.record({ kind: fc.constant('no-data'), port, forMs: seconds(40) }),
)
const group = (of: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.record({ kind: fc.constantFrom('all', 'any'), of: fc.array(of, { minLength: 1, maxLength: 3 }) })
const condition: fc.Arbitrary<object> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  { weight: 1, arbitrary: group(fc.oneof(leaf, group(leaf))) },
)
export const ruleChanges = fc.record(
  {
    condition,
    sustainedForMs: seconds(30),
    occurrences: fc.record({ count: fc.integer({ min: 1, max: 4 }), withinMs: seconds(60) }),
    coolDownMs: seconds(60),
  },
  { requiredKeys: ['condition'] },
)

/** Of which readings alone decide, whatever the time. */
export const untimedChanges = ruleChanges.filter((changes) => !compileRule(aRule(changes), 'acme').isTimed)

/** What happens in a second: readings in time, late and twice; somebody resolves, the process starts again, the rule is edited. */
const happeningWith = (lateBy: fc.Arbitrary<number>) =>
  fc.record({
    second: fc.integer({ min: 1, max: lastSecond }),
    readings: fc.array(fc.record({ port, value, lateBy }), { maxLength: 3 }),
    act: fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'restart', 'resolve', 'edit'),
    /** The platform's clock is put by so much. */
    step: fc.constantFrom(0, 0, 0, 5, -5, 120, -120, 3600, -3600),
  })
const historyWith = (lateBy: fc.Arbitrary<number>) =>
  fc
    .uniqueArray(happeningWith(lateBy), { selector: ({ second }) => second, maxLength: 60, size: 'max' })
    .map((all) => all.toSorted((a, b) => a.second - b.second))
export const history = historyWith(fc.constantFrom(0, 0, 0, 0, 1, 20))
/** A device's clock jumps ahead, and is put right. */
export const jumpingHistory = historyWith(fc.constantFrom(0, 0, 0, 0, 1, 20, -5, -30))
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never

export const record = aRecord(aClass(), aDevice({ createdAt: '1970-01-01T00:00:00.000Z' }))
const born = { ts: 0, wall: 0 }

export function linesOf(
  alerts: readonly { readonly firedAtMs: number; readonly resolvedAtMs: number | null }[],
): readonly string[] {
  const lines: string[] = []
  for (const { firedAtMs, resolvedAtMs } of alerts) {
    lines.push(`fired ${firedAtMs / 1000}`)
    if (resolvedAtMs !== null) lines.push(`ended ${resolvedAtMs / 1000}`)
  }
  return lines
}

/** The evaluator as the platform works with it: alerts are stored, the state is lost at each restart. */
export class Lives {
  readonly #stored: { firedAtMs: number; resolvedAtMs: number | null; isByHand: boolean }[] = []
  readonly #readings: WatchedReading[] = []
  #rule: Rule
  #state: WatchState
  /** How much the platform's clock is ahead. */
  #aheadMs = 0

  constructor(rule: Rule) {
    this.#rule = rule
    this.#state = newWatch(compileRule(rule, 'acme'), born)
  }

  get alerts(): readonly { readonly firedAtMs: number; readonly resolvedAtMs: number | null }[] {
    return this.#stored
  }

  /** Told in order of time: those that are found later are no others. */
  get told(): readonly string[] {
    return linesOf(this.#stored)
  }

  /** @param measured when it came by a clock that is right */
  read(measured: WatchedReading): void {
    const reading = { ...measured, ingestTs: measured.ingestTs + this.#aheadMs }
    this.#readings.push(reading)
    if (glance(this.#state, reading, this.#compiled)) return
    const [state, transitions] = evaluate(this.#state, reading, this.#compiled)
    this.#state = state
    this.#store(transitions)
  }

  /** A timer rings. */
  pass(second: number): void {
    const [state, transitions] = advance(
      this.#state,
      { ts: -Infinity, wall: this.#nowMs(second) },
      this.#compiled,
    )
    this.#state = state
    this.#store(transitions)
  }

  putClock(byMs: number): void {
    this.#aheadMs += byMs
    this.#state = afterStep(this.#state, byMs)
  }

  /** How long until time alone changes something; undefined when it never does. */
  waitMs(second: number): number | undefined {
    const due = deadlineOf(this.#state, this.#compiled)
    return due === undefined ? undefined : due.wall - this.#nowMs(second)
  }

  resolve(second: number): void {
    const open = this.#stored.find(({ resolvedAtMs }) => resolvedAtMs === null)
    if (open === undefined) return
    open.resolvedAtMs = second * 1000
    open.isByHand = true
    this.#state = closed(this.#state, open.firedAtMs)
  }

  edit(rule: Rule, second: number): void {
    this.resolve(second)
    this.#rule = rule
    this.restart(second)
  }

  restart(second: number): void {
    const newest = this.#stored.at(-1)
    const actor = { kind: newest?.isByHand === true ? 'user' : 'system' }
    const entries = [{ atMs: newest?.firedAtMs }, { actor, note: null }]
    // oxlint-disable-next-line no-unsafe-type-assertion -- what is asked of the newest alert
    const last = newest === undefined ? undefined : ({ ...newest, entries } as unknown as Alert)
    const readings = this.#readings.toSorted(byArrival)
    const [state, transitions] = catchUp({ rule: this.#compiled, record, last, readings })
    this.#state = notAhead(state, this.#nowMs(second))
    this.#store(transitions)
  }

  #nowMs(second: number): number {
    return second * 1000 + this.#aheadMs
  }

  get #compiled() {
    return compileRule(this.#rule, 'acme')
  }

  #store(transitions: readonly Transition[]): void {
    for (const { atMs, firedAtMs, kind } of transitions) {
      const known = this.#stored.find((each) => each.firedAtMs === firedAtMs)
      if (kind === 'fired' && known === undefined)
        this.#stored.push({ firedAtMs, resolvedAtMs: null, isByHand: false })
      if (kind === 'resolved' && known?.resolvedAtMs === null) known.resolvedAtMs = atMs
    }
  }
}

/** What is late was overtaken by something that came before, and of one instant there is one reading. */
export function readingsOf(
  happened: History[number]['readings'],
  second: number,
  stored: readonly WatchedReading[],
): readonly WatchedReading[] {
  const readings = happened.map(({ lateBy, port: each, value: measured }) =>
    Object.assign(at(second, measured, each), { ts: (second - lateBy) * 1000 }),
  )
  const isPossible = ({ port: each, ts }: WatchedReading): boolean =>
    ts >= second * 1000 || stored.some((one) => one.port === each && one.ts > ts)
  const isFirst = ({ port: each, ts }: WatchedReading, index: number): boolean =>
    [...stored, ...readings.slice(0, index)].every((one) => one.port !== each || one.ts !== ts)
  return readings.filter((reading, index) => isPossible(reading) && isFirst(reading, index)).sort(byArrival)
}
