import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressBucket, admitAttempt, type ThrottlePolicy, withdrawAttempt } from './throttle.ts'

const policy: ThrottlePolicy = { limit: 3, windowMs: 1000 }

describe('at most 3 attempts a second', () => {
  test('the third is let in, the fourth waits until the first is a second ago', () => {
    expect(admitAttempt([0, 400], 500, policy)).toEqual({ kind: 'admitted', attempts: [0, 400, 500] })
    expect(admitAttempt([0, 400, 500], 600, policy)).toEqual({ kind: 'throttled', retryAfterMs: 400 })
  })

  test('whoever waits as told is let in, and no sooner', () => {
    expect(admitAttempt([0, 400, 500], 999, policy).kind).toBe('throttled')
    expect(admitAttempt([0, 400, 500], 1000, policy)).toEqual({
      kind: 'admitted',
      attempts: [400, 500, 1000],
    })
  })

  test('a clock set back neither locks longer than the window nor lets more in', () => {
    const later = [900_000, 900_001, 900_002]
    expect(admitAttempt(later, 5000, policy)).toEqual({ kind: 'throttled', retryAfterMs: 1000 })
  })

  test('a stricter policy than the record was made under asks for the longer wait', () => {
    expect(admitAttempt([0, 400, 500], 600, { limit: 1, windowMs: 1000 })).toEqual({
      kind: 'throttled',
      retryAfterMs: 900,
    })
  })

  test('in no window are more let in than the limit, whatever the rhythm', () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 })
    const holds = fc.property(pauses, (rhythm) => {
      let attempts: readonly number[] = []
      let nowMs = 0
      const admitted: number[] = []
      for (const pause of rhythm) {
        nowMs += pause
        const admission = admitAttempt(attempts, nowMs, policy)
        if (admission.kind !== 'admitted') continue
        attempts = admission.attempts
        admitted.push(nowMs)
      }
      const spans = admitted.slice(policy.limit).map((atMs, index) => atMs - (admitted[index] ?? 0))
      expect(spans.filter((span) => span < policy.windowMs)).toEqual([])
    })
    fc.assert(holds)
  })
})

test('an attempt taken back is taken back once', () => {
  expect(withdrawAttempt([1, 2, 2, 3], 2)).toEqual([1, 2, 3])
  expect(withdrawAttempt([1, 3], 2)).toEqual([1, 3])
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unknown', 'unknown'],
])('%s counts as %s', (address, bucket) => {
  expect(addressBucket(address)).toBe(bucket)
})
