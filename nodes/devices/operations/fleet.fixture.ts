import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { type Answer, type Call, callOperation } from '../../http/call-operation.fixture.ts'
import type { AnyOperation } from '../../platform/kit/endpoints/operation.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import type { NewEntry } from '../../platform/stream/port.ts'
import type { Store } from '../../platform/store/port.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import { deviceClassCollection, deviceCollection, newDeviceDocument } from '../collections.ts'
import { BrokerAccess } from '../broker-access.ts'
import { OtherTraces } from '../device-traces.ts'
import { type Devices, devicesOf } from '../devices.ts'
import { EventRelay } from '../../platform/kit/events/relay.ts'
import { silentLogger } from '../../platform/logger.ts'
import { virtualClock } from '../../platform/testing/virtual-clock.fixture.ts'
import { aClass, aDevice } from '../device.fixture.ts'
import { StoreDeviceDirectory } from '../directory.ts'
import { MemoryDeviceStates } from '../memory-device-states.ts'
import { ShownStates } from '../shown-states.ts'

const nowMs = Date.UTC(2025, 8, 6, 12)

/** A class of acme's own. */
export const ownClass = aClass({
  key: 'own',
  topics: { telemetry: 'own/{org}/{device}/up', command: 'own/{org}/{device}/down' },
})

interface Fleet extends AsyncDisposable {
  readonly store: Store
  readonly directory: StoreDeviceDirectory
  readonly devices: Devices
  readonly disconnected: readonly string[]
  /** What others were told of. */
  readonly events: readonly NewEntry[]
  /** What operations of devices need. */
  readonly needed: object
}

/** `d1` of the shipped class and `d2` of acme's own one are acme's, `x1` is another organization's. */
async function openFleet(): Promise<Fleet> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-devices-'))
  const store = await openSqliteStore({ directory: folder })
  const acme = store.organization('acme')
  await acme.collection(deviceClassCollection).insert({ ...ownClass, id: 'own' })
  await acme
    .collection(deviceCollection)
    .insert(
      newDeviceDocument(aDevice({ serialNumber: 's-1', tags: ['hall-a'], ports: [{ port: 2, scaling: 3 }] })),
    )
  await acme
    .collection(deviceCollection)
    .insert(newDeviceDocument(aDevice({ id: 'd2', classKey: 'own', serialNumber: 's-2' })))
  await store
    .organization('other')
    .collection(deviceCollection)
    .insert(newDeviceDocument(aDevice({ id: 'x1' })))
  const directory = await StoreDeviceDirectory.load(store, { shipped: [aClass()] })
  const disconnected: string[] = []
  const clock = virtualClock(nowMs)
  const deviceStates = new ShownStates(
    await MemoryDeviceStates.load(store, () => undefined, clock),
    directory,
  )
  deviceStates.report({ orgId: 'acme', deviceId: 'd1', receivedAt: nowMs - 1000, reported: { fan: 1 } })
  const broker = { disconnect: async (id: string) => void disconnected.push(id) }
  const events: NewEntry[] = []
  const stream = { append: async (_: string, entries: readonly NewEntry[]) => void events.push(...entries) }
  const relay = new EventRelay({ store, stream, clock, log: silentLogger, random: () => 1 })
  const account = { username: 'fleetloom', password: 'of the platform' }
  const devices = devicesOf({
    others: new OtherTraces(),
    broker,
    clock,
    relay,
    store,
    directory,
    latest: { forget: () => Promise.resolve() },
    log: silentLogger,
    secrets: nodeSecrets,
    series: { removeDevice: () => Promise.resolve() },
    states: deviceStates,
    access: new BrokerAccess({ directory, secrets: nodeSecrets, account }),
  })
  const traffic = { of: () => ({ messagesPerSecond: 2.5, readingsStored: 7, sinceMs: nowMs - 60_000 }) }
  return {
    store,
    directory,
    devices,
    disconnected,
    events,
    needed: { store, clock, broker, devices, telemetry: { traffic } },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

export interface FleetInUse extends Pick<
  Fleet,
  'devices' | 'directory' | 'disconnected' | 'events' | 'needed' | 'store'
> {
  readonly call: (operation: AnyOperation, parts?: Call) => Promise<Answer>
}

/** A fleet for each test. */
export function useFleet(): FleetInUse {
  let fleet: Fleet
  beforeEach(async () => {
    fleet = await openFleet()
  })
  afterEach(() => fleet[Symbol.asyncDispose]())
  return {
    get devices() {
      return fleet.devices
    },
    get directory() {
      return fleet.directory
    },
    get disconnected() {
      return fleet.disconnected
    },
    get events() {
      return fleet.events
    },
    get needed() {
      return fleet.needed
    },
    get store() {
      return fleet.store
    },
    call: (operation, parts = {}) => callOperation(operation, fleet.needed, parts),
  }
}
