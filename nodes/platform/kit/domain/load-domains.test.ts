import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AnyOperation } from '../endpoints/operation.ts'
import { MemoryHub } from '../../../../engines/bus/memory.ts'
import { Domains } from './domains.ts'
import { EventRelay } from '../events/relay.ts'
import { type Jobs, openJobs } from '../jobs/jobs.ts'
import { openTimers } from '../jobs/timers.ts'
import { openOutbox } from '../events/outbox.ts'
import { silentLogger } from '../../logger.ts'
import type { Platform } from '../../platform.ts'
import { openSqliteStore } from '../../../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../../../engines/store/testing/processes.ts'
import type { NewEntry } from '../../stream/port.ts'
import { virtualClock, type VirtualClock } from '../../testing/virtual-clock.fixture.ts'
import { loadDomains } from './load-domains.ts'
import { loadOperations } from '../endpoints/load-operations.ts'
import { domain, type Thermostats } from './testing/domains/thermostats/domain.ts'
import thermostat from './testing/domains/thermostats/thermostat/node.ts'

/** As `nodes/` is to the platform: in here is one domain, and nothing outside knows it. */
const folder = path.join(import.meta.dirname, 'testing/domains')

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let clock: VirtualClock
let jobs: Jobs
let relay: EventRelay
let platform: Platform
let streamed: NewEntry[]
const domains = new Domains()

beforeEach(async () => {
  directory = await temporaryDirectory()
  clock = virtualClock(Date.UTC(2026, 2, 1, 12))
  streamed = []
  const store = await openSqliteStore({ directory: directory.path })
  const common = { store, clock, log: silentLogger, random: () => 1 }
  const append = async (_: string, entries: readonly NewEntry[]): Promise<void> =>
    void streamed.push(...entries)
  jobs = openJobs({ ...common, bus: new MemoryHub().open('one') })
  relay = new EventRelay({ ...common, stream: { append } })
  const parts = {
    ...common,
    jobs,
    relay,
    timers: openTimers({ jobs, store }),
    outbox: openOutbox({ jobs, store, clock }),
  }
  // oxlint-disable-next-line no-unsafe-type-assertion -- what the domain says that it needs, and nothing else
  platform = parts as unknown as Platform
  await domains.start(await loadDomains(folder), platform)
})
afterEach(async () => {
  await jobs.stop()
  await relay.stop()
  await domains.stop()
  await platform.store.close()
  await directory.remove()
})

const thermostats = (): Thermostats => domains.supply({ thermostats: domain }).thermostats

async function call(operation: AnyOperation | undefined, id: string, celsius: number): Promise<unknown> {
  const request = { params: { id }, body: { celsius }, orgId: 'acme', query: {}, principal: undefined }
  return operation?.handle(
    { ...request, requestId: 'r1', address: '192.0.2.1' },
    domains.supply(operation.needs ?? {}),
  )
}

test('a domain is found by its folder; its operation gets its service by naming it', async () => {
  await thermostats().install('acme', 'hall')
  const operation = (await loadOperations(folder)).find('setTarget')
  expect(await call(operation, 'hall', 21)).toMatchObject({ kind: 'reply', status: 204 })
  expect(await call(operation, 'hall', 99)).toMatchObject({ problem: { status: 422 } })
  expect(await call(operation, 'attic', 21)).toMatchObject({ problem: { status: 404 } })
  expect(await thermostats().target('acme', 'hall')).toBe(21)
})

test('so does its node', async () => {
  await thermostats().install('acme', 'hall')
  const { process } = thermostat.definition.start({
    config: { celsius: 23 },
    needed: domains.supply({ thermostats: domain }),
    nodeId: 'n1',
    name: 'thermostat',
    emit: () => undefined,
    status: () => undefined,
    fault: () => undefined,
    serveHttp: () => undefined,
  })
  await process?.([], { topic: 'hall' })
  expect(await thermostats().target('acme', 'hall')).toBe(23)
})

test('its timers ring, its events are relayed and its figures shown, because it says so', async () => {
  await domains.startWork(platform)
  await thermostats().install('acme', 'hall')
  await thermostats().setTarget('acme', 'hall', 21)
  await clock.pass(3_700_000)
  await relay.whenIdle()
  expect(await thermostats().target('acme', 'hall')).toBe(16)
  expect(streamed.map(({ route }) => route.type)).toEqual(['TargetSet', 'TargetSet'])
  expect(domains.figures().map(({ name, read }) => [name, read()])).toEqual([
    ['fleetloom_thermostat_commands', 1],
  ])
})
