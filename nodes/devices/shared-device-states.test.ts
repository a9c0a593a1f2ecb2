import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MemoryHub } from '../../engines/bus/memory.ts'
import type { Bus } from '../platform/bus/port.ts'
import type { Pulse } from '../platform/pulse/port.ts'
import type { Store } from '../platform/store/port.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import type { DeviceReport } from './device-report.ts'
import { composeReports } from './compose-reports.ts'
import { deviceStateCollection } from './device-states.ts'
import { SharedDeviceStates } from './shared-device-states.ts'
import { type DeviceState, evolveDeviceState, unseenDevice } from './state.ts'

/** Long after all that the tests tell of, unless they set it. */
const longAfterMs = 1e12
const clock = { atMs: longAfterMs }
const evolve = (state: DeviceState, report: DeviceReport): DeviceState =>
  evolveDeviceState(state, report, longAfterMs)

const key = { orgId: 'acme', deviceId: 'd1' }
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let hub: MemoryHub
let pulses: Map<string, number>
let connected: Set<string>
let instances: number

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
  hub = new MemoryHub()
  pulses = new Map()
  connected = new Set()
  instances = 0
  clock.atMs = longAfterMs
})

afterEach(async () => {
  await store.close()
  await folder.remove()
})

const pulse: Pulse = {
  async seen(devices) {
    for (const { deviceId, seenAt } of devices) pulses.set(deviceId, seenAt)
  },
  connected: async () => undefined,
  of: async (ids) => ids.map((id) => ({ seenAt: pulses.get(id), isConnected: connected.has(id) })),
  forget: async (id) => void pulses.delete(id),
}

interface Instance {
  readonly states: SharedDeviceStates
  readonly bus: Bus
  readonly report: (report: Partial<DeviceReport>) => Promise<boolean>
  readonly save: () => Promise<void>
}

function join(): Instance {
  instances += 1
  const bus = hub.open(`instance ${instances}`)
  const due: (() => void)[] = []
  const states = new SharedDeviceStates({
    store,
    bus,
    pulse,
    clock: { nowMs: () => clock.atMs },
    schedule: (task) => due.push(task),
  })
  return {
    states,
    bus,
    async report(report) {
      const whole = { ...key, receivedAt: 0, ...report }
      await states.know([whole])
      return states.report(whole).isNews
    },
    async save() {
      const saved = states.whenSaved()
      for (const task of due.splice(0)) task()
      await saved
    },
  }
}

const dayMs = 86_400_000

test('a clock that was a day ahead keeps no device offline once it is right, nor a silent one online', async () => {
  const one = join()
  clock.atMs = longAfterMs + dayMs
  await one.report({ receivedAt: clock.atMs, reported: { fan: 1 } })
  await one.report({ receivedAt: clock.atMs, online: false })
  await one.save()
  clock.atMs = longAfterMs
  expect(await one.report({ receivedAt: longAfterMs, reported: { fan: 2 } })).toBe(true)
  await one.save()
  expect(await one.states.get('acme', 'd1')).toMatchObject({ online: true, reported: { fan: 2 } })

  clock.atMs = longAfterMs + dayMs
  await one.report({ receivedAt: clock.atMs, deviceId: 'd2' })
  await one.save()
  await one.states.saveSeen()
  clock.atMs = longAfterMs
  const unheard: string[] = []
  for await (const { state } of one.states.unheard(longAfterMs - 60_000)) unheard.push(state.id)
  expect(unheard).toEqual(['d2'])
})

test('what a clock that was ahead noted, and nobody has saved yet, gives way to what comes once it is right', async () => {
  const [one, other] = [join(), join()]
  clock.atMs = longAfterMs + dayMs
  await one.report({ receivedAt: clock.atMs, reported: { fan: 1 } })
  await one.report({ receivedAt: clock.atMs, online: false })
  clock.atMs = longAfterMs
  await one.report({ receivedAt: longAfterMs, reported: { fan: 2 } })
  // So that what is not saved is folded on what another has stored.
  await other.report({ receivedAt: longAfterMs - 10, reported: { mode: 'eco' } })
  await other.save()
  await one.save()
  expect(await other.states.get('acme', 'd1')).toMatchObject({
    online: true,
    reported: { fan: 2, mode: 'eco' },
    lastSeenAt: longAfterMs,
  })
})

describe('states that several instances share', () => {
  test('are folded on one and read on another', async () => {
    const [a, b] = [join(), join()]
    expect(await b.states.get('acme', 'd1')).toMatchObject({ online: false, lastSeenAt: null })
    expect(await a.report({ receivedAt: 10, reported: { fan: 1 } })).toBe(true)
    expect(await a.report({ receivedAt: 20, reported: { fan: 1 } })).toBe(false)
    await a.save()
    expect(await b.states.get('acme', 'd1')).toMatchObject({ online: true, reported: { fan: 1 } })
    expect((await b.states.of('acme', ['d2', 'd1'])).map(({ online }) => online)).toEqual([false, true])
    expect(await b.states.countOnline('acme')).toBe(1)
    expect(await b.states.get('other', 'd1')).toMatchObject({ online: false })
  })

  test('who takes a device over folds on what the one before has left', async () => {
    const [a, b] = [join(), join()]
    await b.report({ receivedAt: 5, reported: { fan: 0 } })
    await b.save()
    await a.report({ receivedAt: 10, reported: { fan: 1 } })
    await a.report({ receivedAt: 20, online: false })
    await a.save()
    // Not news, were it folded on what b remembers.
    expect(await b.report({ receivedAt: 30 })).toBe(true)
    await b.save()
    expect(await a.states.get('acme', 'd1')).toMatchObject({ online: true, reported: { fan: 1 } })
  })

  test('who was not told of a change folds anew when it saves', async () => {
    const [a, b] = [join(), join()]
    await b.report({ receivedAt: 5, reported: { fan: 0, mode: 'auto' } })
    await b.save()
    hub.cutOff(b.bus)
    await a.report({ receivedAt: 10, reported: { fan: 1 } })
    await a.save()
    await b.report({ receivedAt: 30, reported: { mode: 'off' } })
    await b.save()
    expect(await a.states.get('acme', 'd1')).toMatchObject({ reported: { fan: 1, mode: 'off' } })
  })

  test('after a gap documents are read again', async () => {
    const [a, b] = [join(), join()]
    await b.report({ receivedAt: 5 })
    await b.save()
    hub.cutOff(b.bus)
    await a.report({ receivedAt: 10, online: false })
    await a.save()
    hub.reconnect(b.bus)
    expect(await b.report({ receivedAt: 20 })).toBe(true)
  })

  test('what another writer has put into the document stays', async () => {
    const a = join()
    await a.report({ receivedAt: 5 })
    await a.save()
    const documents = store.organization('acme').collection(deviceStateCollection)
    await documents.update('d1', (state) => ({ ...state, desired: { fan: 3 } }))
    await a.report({ receivedAt: 10, reported: { fan: 2 } })
    await a.save()
    expect(await a.states.get('acme', 'd1')).toMatchObject({ desired: { fan: 3 }, reported: { fan: 2 } })
  })

  test('when a device was heard of is told within seconds, and written now and then', async () => {
    const [a, b] = [join(), join()]
    await a.report({ receivedAt: 10 })
    await a.save()
    a.states.seen('acme', 'd1', 20)
    await a.states.tellSeen()
    expect((await b.states.get('acme', 'd1')).lastSeenAt).toBe(20)
    pulses.clear()
    expect((await b.states.get('acme', 'd1')).lastSeenAt).toBe(10)
    const saved = a.states.saveSeen()
    await a.save()
    await saved
    expect((await b.states.get('acme', 'd1')).lastSeenAt).toBe(20)
  })

  test('closing leaves nothing unsaid', async () => {
    const [a, b] = [join(), join()]
    await a.report({ receivedAt: 10 })
    await a.save()
    a.states.seen('acme', 'd1', 20)
    await a.states.close()
    pulses.clear()
    expect((await b.states.get('acme', 'd1')).lastSeenAt).toBe(20)
  })

  test('unheard are those that say online and of which nobody heard, with whether they hold a connection', async () => {
    const a = join()
    for (const [deviceId, receivedAt] of [
      ['silent', 10],
      ['heard', 10],
      ['connected', 10],
      ['new', 50],
    ] as const)
      await a.report({ deviceId, receivedAt })
    await a.report({ deviceId: 'offline', receivedAt: 10, online: false })
    await a.save()
    pulses.set('heard', 45)
    connected.add('connected')
    const unheard = new Map<string, boolean | undefined>()
    for await (const { isConnected, state } of join().states.unheard(40)) unheard.set(state.id, isConnected)
    expect(Object.fromEntries(unheard)).toEqual({ connected: true, silent: false })
  })

  test('a forgotten device is gone, and what was not saved of it does not bring it back', async () => {
    const a = join()
    await a.report({ receivedAt: 10 })
    await a.save()
    await a.report({ receivedAt: 20, online: false })
    await a.states.forget('acme', 'd1')
    await a.save()
    expect((await a.states.get('acme', 'd1')).lastSeenAt).toBeNull()
  })
})

test('a device that comes back to an instance is judged by what another has made of it meanwhile', async () => {
  const [here, there] = [join(), join()]
  await here.report({ receivedAt: 1, online: false })
  await there.report({ receivedAt: 2 })
  await there.save()
  await here.report({ receivedAt: 3, online: false })
  await here.save()
  expect((await join().states.get('acme', 'd1')).online).toBe(false)
})

describe('in whatever way devices wander between instances', () => {
  const value = fc.constantFrom(1, 2, 3)
  const said = fc.record(
    { online: fc.boolean(), reported: fc.dictionary(fc.constantFrom('a', 'b'), value, { maxKeys: 2 }) },
    { requiredKeys: [] },
  )
  const step = fc.oneof(
    { weight: 5, arbitrary: said.map((report) => ({ kind: 'report' as const, report })) },
    { weight: 2, arbitrary: fc.constant({ kind: 'save' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'deafen' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'hand over' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'die' as const }) },
  )

  let runs = 0

  test('the store has what one fold over all reports gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        runs += 1
        const deviceId = `wanderer-${runs}`
        let [active, standby] = [join(), join()]
        let expected = unseenDevice('acme', deviceId)
        let atMs = 0
        let unacknowledged: DeviceReport[] = []
        let hasDied = false
        const deliver = async (report: DeviceReport): Promise<void> => {
          unacknowledged.push(report)
          await active.report(report)
        }
        const save = async (): Promise<void> => {
          await active.save()
          unacknowledged = []
        }
        for (const { kind, ...rest } of steps) {
          if (kind === 'report' && 'report' in rest) {
            atMs += 1
            const report: DeviceReport = { orgId: 'acme', deviceId, receivedAt: atMs, ...rest.report }
            expected = evolve(expected, report)
            await deliver(report)
          } else if (kind === 'save') await save()
          else if (kind === 'deafen') hub.cutOff(standby.bus)
          else {
            if (kind === 'hand over') await save()
            // Who dies is replaced by one that remembers nothing.
            hasDied ||= kind === 'die'
            ;[active, standby] = [standby, kind === 'die' ? join() : active]
            const again = unacknowledged
            unacknowledged = []
            for (const report of again) await deliver(report)
          }
        }
        for (const { save: saveNow, states } of [active, standby]) {
          await saveNow()
          const saved = states.saveSeen()
          await saveNow()
          await saved
        }
        const { online, lastSeenAt, reported } = await join().states.get('acme', deviceId)
        expect({ online, reported }).toEqual({ online: expected.online, reported: expected.reported })
        // When it was heard of last is written rarely: who dies takes a minute of it along.
        expect(hasDied || lastSeenAt === expected.lastSeenAt).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('a report composed of two leaves a state as both do', () => {
    const report = fc
      .tuple(fc.nat(10), said)
      .map(([receivedAt, more]): DeviceReport => Object.assign({ ...key, receivedAt }, more))
    fc.assert(
      fc.property(report, report, report, (base, first, second) => {
        const before = evolve(unseenDevice('acme', 'd1'), base)
        fc.pre(Math.min(first.receivedAt, second.receivedAt) >= base.receivedAt)
        fc.pre(first.receivedAt <= second.receivedAt)
        const { online, reported, lastSeenAt } = evolve(evolve(before, first), second)
        expect(evolve(before, composeReports(first, second, longAfterMs))).toMatchObject({
          online,
          reported,
          lastSeenAt,
        })
      }),
    )
  })
})
