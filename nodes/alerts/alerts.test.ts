import { expect, test } from 'vitest'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { openTimers } from '../platform/kit/jobs/timers.ts'
import type { NewAlert } from './alert-decider.ts'
import { type AlertChange, alertIdOf, Alerts } from './alerts.ts'
import { Maintenance } from './maintenance.ts'

const startMs = Date.parse('2026-01-05T06:00:00Z')
const world = useInstances(startMs)
const ada = { kind: 'user', id: 'ada' } as const
const pushed: unknown[] = []

function open(name = 'a', hub = new MemoryHub()): Alerts {
  const { clock, jobs, relay, store } = world.open(name)
  const timers = openTimers({ jobs, store })
  const live = {
    hasWatchers: () => true,
    isWatched: () => true,
    publish: (_: string, event: unknown) => void pushed.push(event),
  }
  const alerts = new Alerts({ bus: hub.open(name), clock, live, relay, store, timers })
  timers.start([alerts.silenceTimer])
  timers.start([alerts.escalationTimer])
  return alerts
}

const anAlert = (changes: Partial<NewAlert> = {}): NewAlert => {
  const identity = { ruleId: 'r1', deviceId: 'd1', port: 1, firedAtMs: startMs, ...changes }
  return {
    id: alertIdOf(identity),
    ruleName: 'hot',
    severity: 'critical',
    value: 31,
    message: 'hot',
    channels: ['ops'],
    ...identity,
  }
}
const typesOf = async (alerts: Alerts, id: string): Promise<readonly string[]> =>
  (await alerts.get('acme', id))?.entries.map(({ type }) => type) ?? []

test('of many who find it at once one opens it, and of two that differ the first', async () => {
  const alerts = open()
  const all = await Promise.all(Array.from({ length: 20 }, () => alerts.fire('acme', anAlert())))
  expect(all.filter((each) => each !== undefined)).toHaveLength(1)
  expect(await alerts.fire('acme', anAlert({ firedAtMs: startMs + 1 }))).toBeUndefined()
  expect((await alerts.list('acme', { limit: 10 })).items).toHaveLength(1)
  await alerts.resolve('acme', anAlert().id, {})
  expect(await alerts.fire('acme', anAlert({ firedAtMs: startMs + 1 }))).toBeDefined()
})

test('whoever watches the device is told, and other instances are', async () => {
  const hub = new MemoryHub()
  const [here, elsewhere] = [open('a', hub), open('b', hub)]
  const heard: AlertChange[] = []
  elsewhere.onOpenOrEnd((change) => heard.push(change))
  pushed.length = 0
  await here.fire('acme', anAlert())
  await world.clock.pass(10)
  expect(pushed).toMatchObject([{ name: 'alert', deviceId: 'd1', status: 'firing' }])
  expect(heard).toEqual([{ ruleId: 'r1', deviceId: 'd1', firedAtMs: startMs, isOpen: true }])
})

test('a silence ends by itself', async () => {
  const alerts = open()
  const { id } = anAlert()
  await alerts.fire('acme', anAlert())
  await alerts.silence('acme', id, ada, 60_000)
  expect(await alerts.get('acme', id)).toMatchObject({ status: 'suppressed' })
  await world.clock.pass(61_000)
  expect(await alerts.get('acme', id)).toMatchObject({ status: 'firing' })
})

test('a silence whose end rings while the clock goes back ends when it is over', async () => {
  const alerts = open()
  const { id } = anAlert()
  await alerts.fire('acme', anAlert())
  await alerts.silence('acme', id, ada, 60_000)
  const ringing = { orgId: 'acme', id: 't', dueAtMs: startMs + 60_000, data: { alertId: id }, attempt: 1 }
  const { signal } = new AbortController()
  // It rang, and by the time that it is asked for the clock is where it was before.
  expect(await alerts.silenceTimer.ring({ ...ringing, signal })).toBe(startMs + 60_000)
  expect(await alerts.get('acme', id)).toMatchObject({ status: 'suppressed' })
  await world.clock.pass(61_000)
  expect(await alerts.silenceTimer.ring({ ...ringing, signal })).toBeUndefined()
})

test('nobody answers, and somebody else is told; somebody answers, and nobody is', async () => {
  const alerts = open()
  const [first, second] = [anAlert(), anAlert({ deviceId: 'd2' })]
  for (const alert of [first, second]) {
    await alerts.fire('acme', alert)
    await alerts.escalateAt('acme', alert.id, startMs + 60_000, [])
  }
  await alerts.acknowledge('acme', second.id, ada)
  await world.clock.pass(61_000)
  expect(await typesOf(alerts, first.id)).toEqual(['fired', 'escalated'])
  expect(await typesOf(alerts, second.id)).toEqual(['fired', 'acknowledged'])
})

test('what opens while a device is worked on is suppressed until that is over', async () => {
  const alerts = open()
  const { clock, store } = world
  let ids = 0
  const maintenance = new Maintenance({ store, clock, secrets: { newId: () => `w${(ids += 1)}` } })
  const record = aRecord(aClass(), aDevice({ tags: ['hall-a'] }))
  const window = { scope: { tag: 'hall-a' }, fromMs: startMs, toMs: startMs + 60_000, reason: null }
  await maintenance.create('acme', window)
  await maintenance.create('acme', { ...window, toMs: startMs + 30_000 })
  await maintenance.create('acme', { ...window, scope: { tag: 'hall-b' }, toMs: startMs + 90_000 })
  const untilMs = await maintenance.untilMs('acme', record)
  expect(untilMs).toBe(startMs + 60_000)
  expect(await maintenance.untilMs('other', record)).toBeNull()
  await alerts.fire('acme', anAlert(), untilMs)
  expect(await alerts.get('acme', anAlert().id)).toMatchObject({ status: 'suppressed' })
  await world.clock.pass(61_000)
  expect(await typesOf(alerts, anAlert().id)).toEqual(['fired', 'unsilenced'])
  expect(await maintenance.untilMs('acme', record)).toBeNull()
})
