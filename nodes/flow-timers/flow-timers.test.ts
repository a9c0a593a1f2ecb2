import { beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../platform/logger.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { Jobs } from '../platform/kit/jobs/jobs.ts'
import { openTimers, timerCollection } from '../platform/kit/jobs/timers.ts'
import { FlowTimers } from './flow-timers.ts'
import timer from './timer/node.ts'
import { timerRequestMessage } from './timer-messages.ts'
import { DeliveryTracker } from '../platform/kit/delivery.ts'

const startMs = Date.UTC(2026, 2, 1, 12)
const world = useInstances(startMs)
const place = { orgId: 'acme', nodeId: 'n1', deviceId: 'd1', name: 'door' }
let rung: string[]
beforeEach(() => {
  rung = []
})

function instance(name: string): { readonly jobs: Jobs; readonly flowTimers: FlowTimers } {
  const { jobs, store } = world.open(name)
  const timers = openTimers({ jobs, store })
  const flowTimers = new FlowTimers({ clock: world.clock, log: silentLogger, timers })
  timers.start([flowTimers.kind])
  return { jobs, flowTimers }
}
const note = async ({ data, name }: { readonly name: string; readonly data: unknown }): Promise<void> => {
  rung.push(`${name} ${JSON.stringify(data)} at ${world.clock.nowMs() - startMs}`)
}

describe('a timer of a flow', () => {
  test('rings at the node that has set it, once, after a restart as well', async () => {
    const first = instance('a')
    first.flowTimers.hear('n1', note)
    first.flowTimers.hear('n2', () => Promise.reject(new Error('it was not set here')))
    await first.flowTimers.set(place, { atMs: startMs + 10_000 }, { open: true })
    await world.clock.pass(5000)
    await first.jobs.stop()
    await world.clock.pass(20_000)
    expect(rung).toEqual([])
    const second = instance('b')
    // The flows are there a moment later.
    await world.clock.pass(100)
    second.flowTimers.hear('n1', note)
    await world.clock.pass(60_000)
    expect(rung).toHaveLength(1)
    expect(rung[0]).toMatch(/^door \{"open":true\} at 2\d{4}$/)
  })

  test('is moved by the same name, cancelled, and apart from those of other devices', async () => {
    const { flowTimers } = instance('a')
    flowTimers.hear('n1', note)
    await flowTimers.set(place, { atMs: startMs + 1000 }, 1)
    await flowTimers.set(place, { atMs: startMs + 3000 }, 2)
    await flowTimers.set({ ...place, deviceId: 'd2' }, { atMs: startMs + 2000 }, 3)
    await flowTimers.set({ ...place, name: 'gone' }, { atMs: startMs + 2000 }, 4)
    expect(await flowTimers.cancel({ ...place, name: 'gone' })).toBe(true)
    expect(await flowTimers.cancel({ ...place, name: 'gone' })).toBe(false)
    await world.clock.pass(10_000)
    expect(rung).toEqual(['door 3 at 2000', 'door 2 at 3000'])
  })

  test('of a node that was taken out of the flows is given up after an hour', async () => {
    const { flowTimers, jobs } = instance('a')
    await flowTimers.set(place, { atMs: startMs + 1000 }, null)
    for (let minutes = 10; minutes <= 70; minutes += 10) {
      await world.clock.pass(61_000)
      world.clock.turnTo(startMs + minutes * 60_000)
    }
    await world.clock.pass(61_000)
    flowTimers.hear('n1', note)
    await world.clock.pass(120_000)
    expect(rung).toEqual([])
    expect((await world.store.everywhere(timerCollection)).items).toEqual([])
    await jobs.stop()
  })
})

describe('when the clock is put forward or back by an hour', () => {
  const hour = 3_600_000
  /** How long it took by a clock that never jumps. */
  const noteElapsed = async ({ name }: { readonly name: string }): Promise<void> => {
    rung.push(`${name} after ${Math.round(world.clock.monotonicMs() / 1000)} s`)
  }

  test.each([hour, -hour])('a timer that is to ring after so long does so (%i ms)', async (byMs) => {
    const { flowTimers } = instance('a')
    flowTimers.hear('n1', noteElapsed)
    await flowTimers.set(place, { afterMs: 60_000 }, null)
    await world.clock.pass(20_000)
    world.clock.turnTo(world.clock.nowMs() + byMs)
    await world.clock.pass(39_000)
    expect(rung).toEqual([])
    await world.clock.pass(2000)
    expect(rung).toEqual(['door after 60 s'])
  })

  test.each([hour, -hour])('while nobody is there, just so (%i ms)', async (byMs) => {
    const first = instance('a')
    await first.flowTimers.set(place, { afterMs: 60_000 }, null)
    await world.clock.pass(20_000)
    await first.jobs.stop()
    world.clock.turnTo(world.clock.nowMs() + byMs)
    await world.clock.pass(10_000)
    instance('b').flowTimers.hear('n1', noteElapsed)
    await world.clock.pass(29_000)
    expect(rung).toEqual([])
    await world.clock.pass(2000)
    expect(rung).toEqual(['door after 60 s'])
  })

  test('an appointment is kept by that clock', async () => {
    const { flowTimers } = instance('a')
    flowTimers.hear('n1', noteElapsed)
    await flowTimers.set(place, { atMs: startMs + hour + 60_000 }, null)
    await world.clock.pass(20_000)
    world.clock.turnTo(world.clock.nowMs() + hour)
    await world.clock.pass(41_000)
    expect(rung).toEqual(['door after 60 s'])
  })
})

test('the node sets timers in the organization of the device, and rings again when its flow has failed', async () => {
  const { flowTimers } = instance('a')
  const deliveries = new DeliveryTracker()
  deliveries.flowsStarted()
  const sent: unknown[] = []
  let failures = 1
  const { close, process } = timer.definition.start({
    config: { seconds: 2 },
    // oxlint-disable-next-line no-unsafe-type-assertion -- only this is asked for
    needed: {
      clock: world.clock,
      deliveries,
      devices: { directory: { lookup: (id: string) => (id === 'd1' ? { orgId: 'acme' } : undefined) } },
      flowTimers,
    } as unknown as Parameters<typeof timer.definition.start>[0]['needed'],
    nodeId: 'n1',
    name: '',
    emit([items], extra) {
      sent.push(...(items ?? []))
      if (failures > 0) deliveries.failed(extra?.['_delivery'], 'n9', 'm1', new Error('the flow failed'))
      failures -= 1
    },
    status: () => undefined,
    serveHttp: () => undefined,
    fault: (error) => {
      throw error
    },
  })
  const ask = async (request: object): Promise<unknown> =>
    process?.([timerRequestMessage.schema.parse(request)], {})
  await ask({ deviceId: 'd1', name: 'light', data: 7 })
  await ask({ deviceId: 'd1', name: 'other', at: '2026-03-01T12:00:01Z' })
  await ask({ deviceId: 'd1', name: 'other', cancel: true })
  await expect(ask({ deviceId: 'd9' })).rejects.toThrow('d9 is not registered')
  await expect(ask({ deviceId: 'd1', orgId: 'other' })).rejects.toThrow('d1 is not of other')
  await expect(ask({ name: 'nobody’s' })).rejects.toThrow('orgId')
  await world.clock.pass(60_000)
  const light = { name: 'light', orgId: 'acme', deviceId: 'd1', dueAt: '2026-03-01T12:00:02.000Z', data: 7 }
  expect(sent).toEqual([light, light])
  await close?.(true)
})
