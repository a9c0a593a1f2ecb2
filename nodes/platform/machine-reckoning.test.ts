import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { machineReckoning } from './machine-reckoning.ts'

const hour = 3_600_000

describe('how the wall clock stands to the one that never jumps', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const setBy = (ms: number): void => {
    vi.setSystemTime(Date.now() + ms)
  }

  test.each([hour, -hour])('is told by what it was set by (%i ms)', (byMs) => {
    const reckoning = machineReckoning()
    const before = reckoning()
    setBy(byMs)
    const after = reckoning()
    expect(after.machine).toBe(before.machine)
    // The clock of the test stands still meanwhile, the other goes on.
    expect(Math.abs(after.aheadMs - before.aheadMs - byMs)).toBeLessThan(1000)
    expect(Math.abs(reckoning().aheadMs - after.aheadMs)).toBeLessThan(1000)
  })

  test.runIf(process.platform === 'linux')('is the same for whoever asks on a machine', () => {
    const before = machineReckoning()()
    setBy(hour)
    const after = machineReckoning()()
    expect(after.machine).toBe(before.machine)
    expect(Math.abs(after.aheadMs - before.aheadMs - hour)).toBeLessThan(1000)
  })
})
