import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WatchedReading } from './evaluate.ts'
import {
  history,
  lastSecond,
  Lives,
  longestMs,
  readingsOf,
  ruleChanges,
  runs,
  seed,
} from './lives.fixture.ts'
import { Naive } from './naive.fixture.ts'
import { aRule } from './rule.fixture.ts'

test(`in ${runs} histories in which the platform's clock is put right, both ways, a rule fires as it means`, () => {
  fc.assert(
    fc.property(ruleChanges, history, (changes, all) => {
      const rule = aRule(changes)
      const lives = new Lives(rule)
      const naive = new Naive(rule)
      const stored: WatchedReading[] = []
      const bySecond = new Map(all.map((each) => [each.second, each]))
      for (let second = 1; second <= lastSecond; second += 1) {
        const { act, readings = [], step = 0 } = bySecond.get(second) ?? {}
        lives.putClock(step * 1000)
        naive.tick(second)
        lives.pass(second)
        for (const reading of readingsOf(readings, second, stored)) {
          stored.push(reading)
          naive.read({ second: reading.ts / 1000, port: reading.port, value: reading.calibratedValue })
          lives.read(reading)
          lives.read(reading)
        }
        if (act !== 'resolve') continue
        naive.resolve(second + 0.5)
        lives.resolve(second + 0.5)
      }
      expect(lives.told).toEqual(naive.told)
    }),
    { numRuns: runs, seed },
  )
}, 600_000)

test(`in ${runs} histories in which processes die as well, it fires one after the other, and waits no longer than it says`, () => {
  fc.assert(
    fc.property(ruleChanges, history, (changes, all) => {
      const rule = aRule(changes)
      const lives = new Lives(rule)
      let mostMs = longestMs
      const stored: WatchedReading[] = []
      for (const { act, readings, second, step } of all) {
        lives.putClock(step * 1000)
        // Of a step forward that a process did not live to see it may have fired ahead of time, and cools down from there.
        if (step > 0) mostMs += longestMs
        if (act === 'restart') lives.restart(second)
        lives.pass(second)
        for (const reading of readingsOf(readings, second, stored)) {
          stored.push(reading)
          lives.read(reading)
        }
        if (act === 'resolve') lives.resolve(second)
        expect(lives.waitMs(second) ?? 0).toBeLessThanOrEqual(mostMs)
      }
      const fired = lives.alerts.map(({ firedAtMs }) => firedAtMs)
      for (const [index, alert] of lives.alerts.entries()) {
        const before = lives.alerts[index - 1]
        if (before === undefined) continue
        expect(before.resolvedAtMs).not.toBeNull()
        expect(alert.firedAtMs).toBeGreaterThanOrEqual(before.firedAtMs + (rule.coolDownMs ?? 1))
      }
      expect(new Set(fired).size).toBe(fired.length)
    }),
    { numRuns: runs, seed },
  )
}, 600_000)
