import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { aClass, aDevice, aRecord } from '../device.fixture.ts'
import type { DeviceRecord } from '../device.ts'
import type { DeviceChangeListener } from '../directory.ts'
import { silentLogger } from '../../platform/logger.ts'
import { connectedForMs } from '../../platform/pulse/port.ts'
import { endRevokedConnections, tellConnections } from './connections.ts'

/** The devices whose connections were ended by this change. */
function endedBy(before: DeviceRecord | undefined, after: DeviceRecord | undefined): readonly string[] {
  const ended: string[] = []
  let listener: DeviceChangeListener | undefined
  endRevokedConnections(
    {
      onChange: (given) => {
        listener = given
        return () => undefined
      },
    },
    { disconnect: async (id) => void ended.push(id) },
    silentLogger,
  )
  listener?.(before, after)
  return ended
}
const record = (changes: Parameters<typeof aDevice>[0] = {}): DeviceRecord =>
  aRecord(aClass(), aDevice(changes))
const other = { salt: 'the-salt', hash: 'another' }

describe('connections of a device', () => {
  test.each([
    ['is removed', undefined],
    ['gets another password', record({ credential: other })],
    ['is disabled', record({ isEnabled: false })],
    ['belongs to somebody else', aRecord(aClass(), aDevice(), 'other')],
  ])('end when it %s', (_, after) => {
    expect(endedBy(record(), after)).toEqual(['d1'])
  })

  test.each([
    ['is new', undefined, record()],
    ['is renamed', record(), record({ name: 'Another' })],
    ['is calibrated', record(), record({ ports: [{ port: 1, scaling: 2 }] })],
    ['is enabled', record({ isEnabled: false }), record()],
  ])('stay when it %s', (_, before, after) => {
    expect(endedBy(before, after)).toEqual([])
  })
})

describe('which devices are connected', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is told of new ones within seconds, and of all before it is forgotten', async () => {
    const connected = new Set(['d1'])
    const told: (readonly string[])[] = []
    const end = tellConnections(
      { connectedDevices: () => connected },
      {
        connected: async (ids) => void told.push(ids),
        seen: async () => undefined,
        of: async () => [],
        forget: async () => undefined,
      },
      { nowMs: () => Date.now() },
    )
    await vi.advanceTimersByTimeAsync(5000)
    expect(told).toEqual([['d1']])
    connected.add('d2')
    await vi.advanceTimersByTimeAsync(5000)
    expect(told).toEqual([['d1'], ['d2']])
    connected.delete('d1')
    await vi.advanceTimersByTimeAsync(connectedForMs / 3)
    expect(told).toEqual([['d1'], ['d2'], ['d2']])
    end()
    connected.add('d3')
    await vi.advanceTimersByTimeAsync(connectedForMs)
    expect(told).toHaveLength(3)
  })
})
