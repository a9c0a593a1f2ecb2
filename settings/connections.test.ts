import { describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../nodes/devices/device.fixture.ts'
import type { DeviceRecord } from '../nodes/devices/device.ts'
import type { DeviceChangeListener } from '../nodes/devices/directory.ts'
import { silentLogger } from '../nodes/platform/logger.ts'
import { endRevokedConnections } from './connections.ts'

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
