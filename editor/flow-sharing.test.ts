import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MemoryHub } from '../engines/bus/memory.ts'
import type { Bus } from '../nodes/platform/bus/port.ts'
import { silentLogger } from '../nodes/platform/logger.ts'
import { type SharedFlows, shareFlows } from './flow-sharing.ts'

const hub = new MemoryHub()
const files = { disk: 'first', loaded: 'first' }
let reloads: string[]
let warnings: string[]
let editor: SharedFlows
let follower: SharedFlows
let bus: Bus

beforeEach(() => {
  vi.useFakeTimers()
  files.disk = 'first'
  files.loaded = 'first'
  reloads = []
  warnings = []
  bus = hub.open('follower')
  const nothing = { digests: async () => ({ disk: '', loaded: '' }) }
  const log = silentLogger
  editor = shareFlows({
    bus: hub.open('editor'),
    storage: nothing,
    nodeRed: { reload: async () => undefined },
    log,
  })
  follower = shareFlows({
    bus,
    storage: { digests: async () => ({ ...files }) },
    nodeRed: {
      reload: async () => {
        reloads.push(files.disk)
        files.loaded = files.disk
      },
    },
    log: { ...log, warn: (_, message) => void warnings.push(message) },
  })
})
afterEach(() => {
  editor.stop()
  follower.stop()
  vi.useRealTimers()
})

describe('a deploy on another instance', () => {
  test('is loaded from the files that both have', async () => {
    files.disk = 'second'
    editor.announce('second')
    await vi.advanceTimersByTimeAsync(100)
    expect(reloads).toEqual(['second'])
  })

  test('is waited for when the files show it late', async () => {
    editor.announce('second')
    await vi.advanceTimersByTimeAsync(300)
    expect(reloads).toEqual([])
    files.disk = 'second'
    await vi.advanceTimersByTimeAsync(2000)
    expect(reloads).toEqual(['second'])
  })

  test('that never shows is told of: the folder is not shared', async () => {
    editor.announce('second')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reloads).toEqual([])
    expect(warnings.join()).toContain('FLOWS_DIR must be shared')
  })

  test('that changed nothing here restarts nothing', async () => {
    editor.announce('first')
    await vi.advanceTimersByTimeAsync(100)
    expect(reloads).toEqual([])
  })

  test('that was missed is found after the gap', async () => {
    hub.cutOff(bus)
    files.disk = 'second'
    editor.announce('second')
    await vi.advanceTimersByTimeAsync(100)
    expect(reloads).toEqual([])
    hub.reconnect(bus)
    await vi.advanceTimersByTimeAsync(100)
    expect(reloads).toEqual(['second'])
  })

  test('after a stop is none of ours', async () => {
    follower.stop()
    files.disk = 'second'
    editor.announce('second')
    await vi.advanceTimersByTimeAsync(100)
    expect(reloads).toEqual([])
  })
})
