import { expect, test } from 'vitest'
import { newDeviceDocument } from './collections.ts'
import { aDevice } from './device.fixture.ts'
import { deviceRemoval, resumeAfterMs } from './device-removal.ts'

const atMs = Date.UTC(2026, 0, 1)
const device = newDeviceDocument(aDevice({ serialNumber: 'S-1' }))
const wanted = { type: 'RemoveDevice' } as const
const happened = { type: 'DeviceRemoved', data: { deviceId: 'd1', classKey: 'logger' } } as const

test('a device is removed once, and none that does not exist', () => {
  const removed = deviceRemoval.evolve(device, happened, atMs)
  expect(deviceRemoval.decide(device, wanted, atMs)).toEqual([happened])
  expect(deviceRemoval.decide(removed, wanted, atMs)).toEqual([])
  expect(deviceRemoval.decide(undefined, wanted, atMs)).toEqual({ refused: 'missing' })
})

test('it gives its serial number away at once, and is due when whoever was asked has had its time', () => {
  const removed = deviceRemoval.evolve(device, happened, atMs)
  expect(removed.serialNumber).toBeUndefined()
  expect(removed).toMatchObject({ removedAt: '2026-01-01T00:00:00.000Z', dueAtMs: atMs + resumeAfterMs })
})
