import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileRule } from './compile-rule.ts'
import { evaluate, newWatch, type Transition, type WatchedReading } from './evaluate.ts'
import { glance } from './glance.ts'
import { aRule, at } from './rule.fixture.ts'

const value = fc.integer({ min: 0, max: 8 })
const condition = fc.oneof(
  fc.record({ kind: fc.constantFrom('above', 'below'), port: fc.constant(1), value }),
  fc.constantFrom(
    { kind: 'above', port: 1, value: 5, clearAt: 3 },
    { kind: 'between', port: 1, low: 2, high: 4 },
    { kind: 'outside', port: 1, low: 1, high: 7 },
    { kind: 'equals', port: 1, value: 3 },
    { kind: 'rate', port: 1, perMinute: 61, direction: 'either' },
    { kind: 'rate', port: 1, perMinute: 61, direction: 'rising' },
    { kind: 'deviation', port: 1, windowMs: 5000, percent: 20 },
    { kind: 'no-data', port: 1, forMs: 4000 },
    { kind: 'no-data', forMs: 4000 },
    { kind: 'any', of: [{ kind: 'equals', port: 1, value: 3 }] },
  ),
)
const changes = fc.record(
  {
    condition,
    sustainedForMs: fc.constant(2000),
    occurrences: fc.constant({ count: 2, withinMs: 9000 }),
    coolDownMs: fc.constant(5000),
  },
  { requiredKeys: ['condition'] },
)
const readings = fc.array(
  fc.record({ step: fc.integer({ min: -1, max: 6 }), value, port: fc.constantFrom(1, 1, 1, 2) }),
  { maxLength: 60 },
)

test('whoever glances first and evaluates where that is not enough tells the same', () => {
  let glanced = 0
  fc.assert(
    fc.property(changes, readings, (change, steps) => {
      const rule = compileRule(aRule(change), 'acme')
      let second = 10
      const all = steps.map((each): WatchedReading => at((second += each.step), each.value, each.port))
      const born = { ts: 0, wall: 0 }
      let [plain, quick] = [newWatch(rule, born), newWatch(rule, born)]
      const [told, quicklyTold]: [Transition[], Transition[]] = [[], []]
      for (const reading of all) {
        const [next, transitions] = evaluate(plain, reading, rule)
        plain = next
        told.push(...transitions)
        if (glance(quick, reading, rule)) glanced += 1
        else {
          const [after, caused] = evaluate(quick, reading, rule)
          quick = after
          quicklyTold.push(...caused)
        }
        expect(quick).toEqual(plain)
      }
      expect(quicklyTold).toEqual(told)
    }),
    { seed: 7, numRuns: 2000 },
  )
  expect(glanced).toBeGreaterThan(2000)
})
