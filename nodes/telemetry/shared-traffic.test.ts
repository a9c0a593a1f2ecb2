import { expect, test } from 'vitest'
import { SharedTraffic } from './shared-traffic.ts'
import { Traffic } from './traffic.ts'

const reading = (
  deviceId: string,
  ts: number,
  orgId = 'acme',
): { orgId: string; deviceId: string; ts: number } => ({
  orgId,
  deviceId,
  ts,
})

test('the rates and counts of all instances add up, of one organization at a time', () => {
  const [a, b] = [new SharedTraffic(new Traffic(0)), new SharedTraffic(new Traffic(1000))]
  a.count([reading('d1', 1), reading('d1', 2), reading('x', 1, 'other')], 4000)
  b.count([reading('d2', 1)], 4000)
  expect(a.snapshot(5000)).toBeDefined()
  b.hear('a', JSON.parse(JSON.stringify(a.snapshot(5000))), 5000)
  expect(b.of('acme', 5000)).toEqual({ messagesPerSecond: 2 / 5 + 1 / 4, readingsStored: 3, sinceMs: 0 })
  expect(b.of('other', 5000)).toMatchObject({ readingsStored: 1 })
  expect(b.of('third', 5000)).toMatchObject({ messagesPerSecond: 0, readingsStored: 0 })
})

test('the newest snapshot of an instance counts; one that has gone has no rate, and what it stored stays', () => {
  const own = new SharedTraffic(new Traffic(0))
  own.hear('a', { sinceMs: 0, organizations: { acme: [2, 10] } }, 1000)
  own.hear('a', { sinceMs: 0, organizations: { acme: [3, 20] } }, 2000)
  expect(own.of('acme', 3000)).toMatchObject({ messagesPerSecond: 3, readingsStored: 20 })
  expect(own.of('acme', 12_001)).toMatchObject({ messagesPerSecond: 0, readingsStored: 20 })
})

test('an instance that was heard of when the clock was a day ahead has no rate until it is heard again', () => {
  const own = new SharedTraffic(new Traffic(0))
  own.hear('a', { sinceMs: 0, organizations: { acme: [2, 10] } }, 86_400_000)
  expect(own.of('acme', 1000)).toMatchObject({ messagesPerSecond: 0, readingsStored: 10 })
})

test('an instance that counts nothing has nothing to say, and what is no snapshot is let be', () => {
  const own = new SharedTraffic(new Traffic(0))
  expect(own.snapshot(1000)).toBeUndefined()
  own.hear('a', { acme: 'lots' }, 1000)
  expect(own.of('acme', 1000)).toMatchObject({ readingsStored: 0 })
})
