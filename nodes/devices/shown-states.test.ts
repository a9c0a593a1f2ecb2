import { describe, expect, test } from 'vitest'
import { aDevice, aRecord, aClass } from './device.fixture.ts'
import type { DeviceReport } from './device-report.ts'
import { MemoryDeviceStates } from './memory-device-states.ts'
import { behindGateway, ShownStates } from './shown-states.ts'
import { type DeviceState, unseenDevice } from './state.ts'
import { useFleet } from './operations/fleet.fixture.ts'
import { virtualClock } from '../platform/testing/virtual-clock.fixture.ts'

const fleet = useFleet()
const child = (changes: Partial<DeviceState>): DeviceState => ({ ...unseenDevice('acme', 'c1'), ...changes })
const gone: DeviceState = { ...unseenDevice('acme', 'g1'), onlineChangedAt: 100 }

describe('a child behind its gateway', () => {
  test.each<[string, DeviceState, DeviceState | undefined, boolean]>([
    ['is online by itself', child({ online: true, lastSeenAt: 50 }), undefined, true],
    ['goes with its gateway', child({ online: true, lastSeenAt: 50 }), gone, false],
    ['was heard of since', child({ online: true, lastSeenAt: 101 }), gone, true],
    [
      'stays where it is by itself',
      child({ online: false, lastSeenAt: 50 }),
      { ...gone, online: true },
      false,
    ],
    [
      'has a gateway of which nothing was ever heard',
      child({ online: true, lastSeenAt: 50 }),
      { ...gone, onlineChangedAt: null },
      true,
    ],
  ])('%s', (_, state, gateway, online) => {
    expect(behindGateway(state, gateway).online).toBe(online)
  })
})

test('states are told, counted and changed with the gateway, and are as before when it is back', async () => {
  const clock = virtualClock(1000)
  const own = await MemoryDeviceStates.load(fleet.store, () => undefined, clock)
  const records = [
    aRecord(aClass(), aDevice({ id: 'g1' })),
    aRecord(aClass(), aDevice({ id: 'c1', gateway: 'g1' })),
    aRecord(aClass(), aDevice({ id: 'c2', gateway: 'g1' })),
  ]
  const states = new ShownStates(own, {
    lookup: (id) => records.find(({ device }) => device.id === id),
    childrenOf: (id) => records.filter(({ device }) => device.gateway === id),
    gateways: () => ['g1'],
  })
  const tell = (deviceId: string, receivedAt: number, online: boolean): DeviceState =>
    states.report({ orgId: 'acme', deviceId, receivedAt, online } satisfies DeviceReport).state
  const shown = async (): Promise<readonly boolean[]> =>
    (await states.of('acme', ['g1', 'c1', 'c2'])).map(({ online }) => online)
  tell('g1', 10, true)
  tell('c1', 20, true)
  tell('c2', 20, false)
  expect([await shown(), await states.countOnline('acme')]).toEqual([[true, true, false], 2])
  expect((await states.changedWith(tell('g1', 30, false))).map(({ id, online }) => [id, online])).toEqual([
    ['c1', false],
  ])
  expect([await shown(), await states.countOnline('acme')]).toEqual([[false, false, false], 0])
  expect((await states.get('acme', 'c1')).online).toBe(false)
  expect((await states.changedWith(tell('g1', 40, true))).map(({ id }) => id)).toEqual(['c1'])
  expect(await shown()).toEqual([true, true, false])
})
