import { describe, expect, test } from 'vitest'
import { type NodeCounters, statusOf } from './status.ts'

const counters = (changes: Partial<NodeCounters> = {}): NodeCounters => ({
  type: 'decode',
  name: 'decode',
  received: 0,
  sent: 0,
  failed: 0,
  ...changes,
})

describe('the line under a node', () => {
  test.each([
    ['at the start', counters(), 0, { fill: 'grey', shape: 'ring', text: '0' }],
    ['at work', counters({ received: 150 }), 50, { fill: 'green', shape: 'dot', text: '100/s · 150' }],
    ['at rest', counters({ received: 150 }), 150, { fill: 'green', shape: 'ring', text: '150' }],
    [
      'after faults',
      counters({ received: 9, failed: 2 }),
      9,
      { fill: 'yellow', shape: 'ring', text: '9 · 2 failed' },
    ],
  ])('%s', (_, now, before, line) => {
    expect(statusOf(now, before, 1000, undefined)).toEqual(line)
  })

  test.each([
    [9999, '9999'],
    [10_000, '10k'],
    [9_999_000, '9999k'],
    [10_000_000, '10M'],
  ])('%d is short', (received, text) => {
    expect(statusOf(counters({ received }), received, 1000, undefined).text).toBe(text)
  })

  test('what a node remarks stands behind its count', () => {
    expect(statusOf(counters({ received: 9, failed: 2 }), 9, 1000, undefined, '3 refused').text).toBe(
      '9 · 3 refused · 2 failed',
    )
  })

  test('its rate is for a second, whatever the interval', () => {
    expect(statusOf(counters({ received: 100 }), 0, 2000, undefined).text).toBe('50/s · 100')
  })

  test('a fault comes before everything, and is cut', () => {
    expect(statusOf(counters({ received: 5 }), 0, 1000, 'x'.repeat(100))).toEqual({
      fill: 'red',
      shape: 'ring',
      text: `${'x'.repeat(59)}…`,
    })
  })
})
