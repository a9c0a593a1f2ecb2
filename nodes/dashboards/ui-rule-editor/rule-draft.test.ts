import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conditionSchema } from '../../alerts/condition.ts'
import { ruleBody } from '../../alerts/rule.ts'
import type { AlertRuleView } from '../../../dashboards/kit/views.ts'
import { bodyOf, draftOf, fieldsOf, kinds, newCondition, newDraft, portsOf, ruleOf } from './rule-draft.ts'

const port = fc.integer({ min: 1, max: 200 })
const number = fc.integer({ min: -1000, max: 1000 })
const leaf = fc.oneof(
  fc.record({ kind: fc.constantFrom('above', 'below', 'equals'), port, value: number }),
  fc.record({
    kind: fc.constantFrom('between', 'outside'),
    port,
    low: fc.constant(-5.5),
    high: number.filter((n) => n > 0),
  }),
  fc.record({
    kind: fc.constant('rate'),
    port,
    perMinute: fc.integer({ min: 1, max: 50 }),
    direction: fc.constantFrom('rising', 'falling', 'either'),
  }),
  fc.record({
    kind: fc.constant('deviation'),
    port,
    windowMs: fc.constant(90_000),
    percent: fc.constant(12.5),
  }),
  fc.record({ kind: fc.constant('no-data'), forMs: fc.integer({ min: 1, max: 900 }).map((n) => n * 1000) }),
)
const condition = fc.oneof(
  leaf,
  fc.record({ kind: fc.constantFrom('all', 'any'), of: fc.array(leaf, { minLength: 2, maxLength: 4 }) }),
  fc.constant({ kind: 'any', of: [{ kind: 'all', of: [{ kind: 'equals', port: 1, value: 1 }] }] }),
)
const rule = fc
  .record(
    {
      name: fc.constant('hot'),
      severity: fc.constantFrom('info', 'warning', 'critical'),
      scope: fc.constantFrom({}, { deviceId: 'd1' }, { classKey: 'pod' }, { tag: 'hall' }),
      condition,
      sustainedForMs: fc.constant(600_000),
      occurrences: fc.constant({ count: 3, withinMs: 60_000 }),
      coolDownMs: fc.constant(1500),
      activeHours: fc.constant({ timeZone: 'Europe/Rome', days: ['mon'], from: '08:00', to: '18:00' }),
      message: fc.constant('{device} is hot'),
      channels: fc.constant(['ops', 'boss']),
      isEnabled: fc.boolean(),
    },
    { requiredKeys: ['name', 'severity', 'scope', 'condition', 'isEnabled'] },
  )
  .map((one) => ruleBody.parse(one))

describe('a draft', () => {
  test('of a rule is that rule again, whatever the rule', () => {
    fc.assert(
      fc.property(rule, (body) => {
        const view: AlertRuleView = { ...body, id: 'r1', createdAt: '', changedAt: '' }
        expect(ruleOf(draftOf(view))).toEqual(body)
        expect(bodyOf(view)).toEqual(body)
      }),
      { seed: 42, numRuns: 300 },
    )
  })

  test('is no rule while something is missing', () => {
    expect(ruleOf(newDraft())).toBeUndefined()
    const named = { ...newDraft(), name: 'hot' }
    expect(ruleOf(named)).toBeUndefined()
    const conditions = [{ ...newCondition(), value: '30' }]
    expect(ruleOf({ ...named, conditions })).toMatchObject({ condition: { kind: 'above', value: 30 } })
    expect(ruleOf({ ...named, conditions, name: ' ' })).toBeUndefined()
    expect(ruleOf({ ...named, conditions, scopeKind: 'tag' })).toBeUndefined()
    expect(ruleOf({ ...named, conditions: [...conditions, newCondition()] })).toBeUndefined()
  })

  test.each(kinds)('of the kind %s is a condition once its fields are filled', (kind) => {
    const filled = Object.fromEntries(fieldsOf[kind].map((field) => [field, '2']))
    const made = ruleOf({ ...newDraft(), name: 'x', conditions: [{ ...newCondition(), ...filled, kind }] })
    expect(conditionSchema.safeParse(made?.condition).success).toBe(true)
  })
})

test('ports are those of all parts, each once', () => {
  const of = [
    { kind: 'equals', port: 2, value: 1 },
    {
      kind: 'any',
      of: [
        { kind: 'equals', port: 3, value: 1 },
        { kind: 'no-data', forMs: 1000 },
      ],
    },
    { kind: 'below', port: 2, value: 1 },
  ]
  expect(portsOf(conditionSchema.parse({ kind: 'all', of }))).toEqual([2, 3])
})
