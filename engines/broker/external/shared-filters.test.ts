import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterMatches } from '../topic-filter.ts'
import { shared, withoutCovered } from './shared-filters.ts'

describe('the filters of the shared subscriptions', () => {
  test('have one share name, so that all instances share the load', () => {
    expect(shared('org/+/device/+/telemetry')).toBe('$share/fleetloom-ingest/org/+/device/+/telemetry')
  })

  test('leave out what another one covers', () => {
    expect(withoutCovered(['a/+/c', 'a/b/c', 'a/+/c', 'a/b', '+/b'])).toEqual(['a/+/c', '+/b'])
  })

  test('match the same topics with and without what was left out', () => {
    const level = fc.constantFrom('a', 'b', '+')
    const filter = fc.array(level, { minLength: 1, maxLength: 3 }).map((levels) => levels.join('/'))
    const topic = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((levels) => levels.join('/'))
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 8 }), topic, (filters, published) => {
        const matches = (list: readonly string[]): boolean =>
          list.some((one) => filterMatches(one, published))
        expect(matches(withoutCovered(filters))).toBe(matches(filters))
      }),
    )
  })
})
