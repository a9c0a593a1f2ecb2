import { describe, expect, it } from 'vitest'
import { LogEntry } from './entry.ts'
import { Window } from './window.ts'

const route = { orgId: 'org-1', key: 'device-1', type: 'telemetry' }

function batch(first: number, count: number, bytes = 1): readonly LogEntry[] {
  return Array.from(
    { length: count },
    (_, index) => new LogEntry(route, 0, new Uint8Array(bytes), first + index, 0),
  )
}

function positions(window: Window, position: number, maxEntries: number): readonly number[] | undefined {
  return window.take(position, maxEntries)?.entries.map((entry) => entry.position)
}

describe('the window on the newest entries', () => {
  it('gives what lies from a position on, over batches', () => {
    const window = new Window({ entries: 100, bytes: 100 })
    window.push(10, batch(10, 3))
    window.push(13, batch(13, 2))
    window.push(15, batch(15, 4))
    expect(positions(window, 10, 3)).toEqual([10, 11, 12])
    expect(positions(window, 11, 5)).toEqual([11, 12, 13, 14, 15])
    expect(positions(window, 16, 100)).toEqual([16, 17, 18])
    expect(window.take(14, 2)?.to).toBe(16)
    expect(positions(window, 9, 1)).toBeUndefined()
    expect(positions(window, 19, 1)).toBeUndefined()
  })

  it('lets the oldest go past either limit', () => {
    const byEntries = new Window({ entries: 5, bytes: 1000 })
    const byBytes = new Window({ entries: 1000, bytes: 50 })
    for (const window of [byEntries, byBytes]) {
      window.push(0, batch(0, 3, 10))
      window.push(3, batch(3, 3, 10))
      expect(positions(window, 2, 10)).toBeUndefined()
      expect(positions(window, 3, 10)).toEqual([3, 4, 5])
    }
  })

  it('lets go of what nobody needs any more, by whole batches', () => {
    const window = new Window({ entries: 100, bytes: 100 })
    window.push(0, batch(0, 3))
    window.push(3, batch(3, 3))
    window.release(2)
    expect(positions(window, 2, 1)).toEqual([2])
    window.release(3)
    expect(positions(window, 2, 1)).toBeUndefined()
    expect(positions(window, 3, 1)).toEqual([3])
  })

  it('begins anew after a gap', () => {
    const window = new Window({ entries: 100, bytes: 100 })
    window.push(0, batch(0, 3))
    window.push(5, batch(5, 1))
    expect(positions(window, 2, 1)).toBeUndefined()
    expect(positions(window, 5, 1)).toEqual([5])
  })
})
