import { afterEach, beforeEach } from 'vitest'
import { MemoryHub } from '../../../../engines/bus/memory.ts'
import { openSqliteStore } from '../../../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../../../engines/store/testing/processes.ts'
import { type Logger, silentLogger } from '../../logger.ts'
import type { Store } from '../../store/port.ts'
import { type VirtualClock, virtualClock } from '../../testing/virtual-clock.fixture.ts'
import { EventRelay } from '../events/relay.ts'
import { type Jobs, openJobs } from './jobs.ts'

export interface TestInstance {
  readonly store: Store
  readonly clock: VirtualClock
  readonly log: Logger
  readonly random: () => number
  readonly jobs: Jobs
  /** What it relays goes nowhere. */
  readonly relay: EventRelay
}

export interface TestInstances {
  readonly store: Store
  readonly clock: VirtualClock
  open(name: string): TestInstance
}

/** Instances on one store, in virtual time: anew for each test, and stopped after it. */
export function useInstances(startMs: number): TestInstances {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>
  let store: Store
  let clock: VirtualClock
  let hub: MemoryHub
  let opened: TestInstance[]
  beforeEach(async () => {
    folder = await temporaryDirectory()
    store = await openSqliteStore({ directory: folder.path })
    clock = virtualClock(startMs)
    hub = new MemoryHub()
    opened = []
  })
  afterEach(async () => {
    await Promise.all(opened.map(({ jobs }) => jobs.stop()))
    await Promise.all(opened.map(({ relay }) => relay.stop()))
    await store.close()
    await folder.remove()
  })
  return {
    get store() {
      return store
    },
    get clock() {
      return clock
    },
    open(name) {
      const common = { store, clock, log: silentLogger, random: () => 1 }
      const relay = new EventRelay({ ...common, stream: { append: async () => undefined } })
      const instance = { ...common, relay, jobs: openJobs({ ...common, bus: hub.open(name) }) }
      opened.push(instance)
      return instance
    },
  }
}
