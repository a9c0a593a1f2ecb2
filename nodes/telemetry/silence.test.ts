import { expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import { connectionTopic, type DeviceRecord } from '../devices/device.ts'
import { type DeviceState, unseenDevice } from '../devices/state.ts'
import { intakeUnderTest } from './uplink-intake.fixture.ts'
import { noteSilentDevices } from './silence.ts'

const silentAfterMs = 60_000
const nowMs = 1_000_000
const record = (id: string): DeviceRecord =>
  aRecord(aClass({ offlineAfterMs: silentAfterMs }), aDevice({ id }))
const state = (id: string, lastSeenAt: number, online = true): DeviceState => ({
  ...unseenDevice('acme', id),
  online,
  lastSeenAt,
})

test('devices that are silent for longer than their class allows are noted as offline, or as silent if connected, in the stream', async () => {
  const world = intakeUnderTest()
  const silent = nowMs - silentAfterMs - 1
  const states: DeviceState[] = [
    state('silent', silent),
    state('just-heard-of', silent + 1),
    state('silent-but-connected', silent),
    { ...state('known-as-silent', silent), isSilent: true },
    state('silent-and-offline', silent, false),
    state('silent-and-removed', silent),
  ]
  world.clock.wallMs = nowMs
  const noted = await noteSilentDevices({
    clock: { nowMs: () => nowMs },
    directory: {
      allClasses: () => [aClass({ offlineAfterMs: silentAfterMs }), aClass({ offlineAfterMs: 90_000 })],
      lookup: (id) => (id === 'silent-and-removed' ? undefined : record(id)),
    },
    states: {
      unheard: (seenBeforeMs) => {
        expect(seenBeforeMs).toBe(nowMs - silentAfterMs)
        return states.map((each) => ({ state: each }))
      },
    },
    intake: world.intake,
    isConnected: (id) => id === 'silent-but-connected' || id === 'known-as-silent',
  })
  await world.endTurn()

  expect(noted).toBe(2)
  expect(world.appends[0]?.entries).toEqual([
    {
      route: { orgId: 'acme', key: 'silent', type: connectionTopic },
      atMs: nowMs,
      data: Buffer.from('{"status":"offline"}'),
    },
    {
      route: { orgId: 'acme', key: 'silent-but-connected', type: connectionTopic },
      atMs: nowMs,
      data: Buffer.from(`{"status":"silent","since":${silent}}`),
    },
  ])
})
