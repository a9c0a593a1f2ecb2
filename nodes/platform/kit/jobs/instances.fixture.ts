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

/** Instances on one store, in virtual time. */
export async function openInstances(startMs: number): Promise<TestInstances & AsyncDisposable> {
  const folder = await temporaryDirectory()
  const store = await openSqliteStore({ directory: folder.path })
  const clock = virtualClock(startMs)
  const hub = new MemoryHub()
  const opened: TestInstance[] = []
  return {
    store,
    clock,
    open(name) {
      const common = { store, clock, log: silentLogger, random: () => 1 }
      const relay = new EventRelay({ ...common, stream: { append: async () => undefined } })
      const instance = { ...common, relay, jobs: openJobs({ ...common, bus: hub.open(name) }) }
      opened.push(instance)
      return instance
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map(({ jobs }) => jobs.stop()))
      await Promise.all(opened.map(({ relay }) => relay.stop()))
      await store.close()
      await folder.remove()
    },
  }
}

/** The same anew for each test, and stopped after it. */
export function useInstances(startMs: number): TestInstances {
  let instances: Awaited<ReturnType<typeof openInstances>>
  beforeEach(async () => {
    instances = await openInstances(startMs)
  })
  afterEach(() => instances[Symbol.asyncDispose]())
  return {
    get store() {
      return instances.store
    },
    get clock() {
      return instances.clock
    },
    open: (name) => instances.open(name),
  }
}
