import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BackTest } from './back-test.ts'
import { compileRule } from './compile-rule.ts'
import type { WatchedReading } from './evaluate.ts'
import {
  type History,
  history,
  jumpingHistory,
  lastSecond,
  linesOf,
  Lives,
  readingsOf,
  record,
  ruleChanges,
  runs,
  seed,
  untimedChanges,
} from './lives.fixture.ts'
import { Naive } from './naive.fixture.ts'
import { byArrival } from './recent-readings.ts'
import { aRule } from './rule.fixture.ts'
import type { Rule } from './rule.ts'

const editedAt = (rule: Rule, changes: object, second: number): Rule => ({
  ...aRule(changes, rule.id),
  sinceMs: second * 1000,
})

function compare(changes: object, others: object, all: History, withActs: boolean): void {
  const rule = aRule(changes)
  const lives = new Lives(rule)
  const naive = new Naive(rule)
  const stored: WatchedReading[] = []
  const bySecond = new Map(all.map((each) => [each.second, each]))
  for (let second = 1; second <= lastSecond; second += 1) {
    const happened = bySecond.get(second)
    const act = withActs ? happened?.act : undefined
    if (act === 'edit') {
      const edited = editedAt(rule, second % 2 === 0 ? others : changes, second)
      naive.edit(edited, second)
      lives.edit(edited, second)
    }
    naive.tick(second)
    lives.pass(second)
    for (const reading of readingsOf(happened?.readings ?? [], second, stored)) {
      stored.push(reading)
      const plain = { second: reading.ts / 1000, port: reading.port, value: reading.calibratedValue }
      naive.read(plain)
      lives.read(reading)
      // The stream may bring it again.
      lives.read(reading)
    }
    if (act === 'resolve') {
      naive.resolve(second + 0.5)
      lives.resolve(second + 0.5)
    }
    if (act === 'restart') lives.restart(second)
  }
  expect(lives.told).toEqual(naive.told)
  if (withActs) return
  const past = new BackTest(compileRule(rule, 'acme'), record)
  past.take(stored.toSorted(byArrival))
  expect(linesOf(past.end(lastSecond * 1000))).toEqual(naive.told)
}

test(`in ${runs} histories a rule fires as it means, and so does a look at the past`, () => {
  fc.assert(
    fc.property(ruleChanges, history, (changes, all) => compare(changes, changes, all, false)),
    { numRuns: runs, seed },
  )
}, 600_000)

test(`in ${runs} histories with restarts, edits and resolving by hand it fires as it means, and never twice`, () => {
  fc.assert(
    fc.property(ruleChanges, ruleChanges, history, (changes, others, all) =>
      compare(changes, others, all, true),
    ),
    { numRuns: runs, seed },
  )
}, 600_000)

test(`in ${runs} histories of devices whose clocks jump a rule fires by what they say the time is`, () => {
  fc.assert(
    fc.property(untimedChanges, jumpingHistory, (changes, all) => compare(changes, changes, all, false)),
    { numRuns: runs, seed },
  )
}, 600_000)

test(`in ${runs} histories with jumps of clocks, and time that fires, the past says what happened, and nothing twice`, () => {
  fc.assert(
    fc.property(ruleChanges, jumpingHistory, (changes, all) => {
      const rule = aRule(changes)
      const lives = new Lives(rule)
      const stored: WatchedReading[] = []
      for (const { readings, second } of all) {
        lives.pass(second)
        for (const reading of readingsOf(readings, second, stored)) {
          stored.push(reading)
          lives.read(reading)
          lives.read(reading)
        }
      }
      const past = new BackTest(compileRule(rule, 'acme'), record)
      past.take(stored.toSorted(byArrival))
      lives.pass(lastSecond)
      const told = lives.told.filter((line) => line.startsWith('fired'))
      expect(new Set(told).size).toBe(told.length)
      expect(linesOf(past.end(lastSecond * 1000))).toEqual(lives.told)
    }),
    { numRuns: runs, seed },
  )
}, 600_000)
