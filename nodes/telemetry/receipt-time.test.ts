import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxAheadMs, receivedAtOf, toEntryTime, untimedAtOf } from './receipt-time.ts'

test('both times come back exactly, until the year 2039', () => {
  const time = fc.integer({ min: 0, max: 2 ** 41 - 1 })
  const ahead = fc.integer({ min: 0, max: maxAheadMs })
  fc.assert(
    fc.property(time, ahead, (receivedAt, aheadMs) => {
      const entryMs = toEntryTime(receivedAt, aheadMs)
      expect([receivedAtOf(entryMs), untimedAtOf(entryMs)]).toEqual([receivedAt, receivedAt + aheadMs])
    }),
  )
})

test('a plain time is both', () => {
  expect([receivedAtOf(1_757_160_000_000), untimedAtOf(1_757_160_000_000)]).toEqual([
    1_757_160_000_000, 1_757_160_000_000,
  ])
})
