import { describe, expect, test } from 'vitest'
import { Traffic } from './traffic.ts'

const startMs = 1_000_000
const message = (
  orgId: string,
  deviceId: string,
  ts: number,
  ports = 1,
): { orgId: string; deviceId: string; ts: number }[] =>
  Array.from({ length: ports }, () => ({ orgId, deviceId, ts }))

describe('traffic of an organization', () => {
  test('counts every reading, and readings of one device and time as one message', () => {
    const traffic = new Traffic(startMs)
    traffic.count(
      [...message('a', 'd1', 1, 4), ...message('a', 'd1', 2, 4), ...message('a', 'd2', 2, 2)],
      startMs,
    )
    expect(traffic.of('a', startMs + 10_000)).toEqual({
      messagesPerSecond: 0.3,
      readingsStored: 10,
      sinceMs: startMs,
    })
  })

  test('keeps organizations apart within one batch', () => {
    const traffic = new Traffic(startMs)
    traffic.count(
      [...message('a', 'd1', 1, 2), ...message('b', 'd2', 1, 3), ...message('a', 'd1', 2)],
      startMs,
    )
    expect(traffic.of('a', startMs + 1000).readingsStored).toBe(3)
    expect(traffic.of('a', startMs + 1000).messagesPerSecond).toBe(2)
    expect(traffic.of('b', startMs + 1000).readingsStored).toBe(3)
    expect(traffic.of('c', startMs + 1000).readingsStored).toBe(0)
  })

  test('is the rate of the last minute, without the second that is under way', () => {
    const traffic = new Traffic(startMs)
    for (let second = 0; second <= 120; second += 1) {
      traffic.count([...message('a', 'd1', second), ...message('a', 'd2', second)], startMs + second * 1000)
    }
    expect(traffic.of('a', startMs + 120_500).messagesPerSecond).toBe(2)
  })

  test('falls to nothing a minute after the last message', () => {
    const traffic = new Traffic(startMs)
    traffic.count(message('a', 'd1', 1), startMs)
    expect(traffic.of('a', startMs + 60_000).messagesPerSecond).toBeCloseTo(1 / 60)
    expect(traffic.of('a', startMs + 61_000).messagesPerSecond).toBe(0)
    expect(traffic.of('a', startMs + 61_000).readingsStored).toBe(1)
  })

  test('is right as soon as a clock that was a day ahead is', () => {
    const dayMs = 86_400_000
    const traffic = new Traffic(startMs + dayMs)
    traffic.count(message('a', 'd1', 1), startMs + dayMs)
    for (let second = 0; second < 10; second += 1)
      traffic.count(message('a', 'd1', second), startMs + second * 1000)
    expect(traffic.of('a', startMs + 10_000)).toEqual({
      messagesPerSecond: 1,
      readingsStored: 11,
      sinceMs: startMs,
    })
  })
})
