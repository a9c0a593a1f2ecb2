import type { DeviceClassInput } from '../../devices/device-class.ts'
import { aClass, aDevice, aRecord } from '../../devices/device.fixture.ts'
import type { DeviceRecord } from '../../devices/device.ts'
import type { Received } from './uplink.fixture.ts'

type Telemetry = DeviceClassInput['telemetry']
type DecodeInput = Telemetry[number]['decode']

const ports = [1, 2, 3, 4].map((port) => ({ port, name: `port ${port}` }))
export const recordOf = (telemetry: Telemetry, changes: Partial<DeviceClassInput> = {}): DeviceRecord =>
  aRecord(aClass({ telemetry, ports, ...changes }), aDevice())
/** A class whose port 1 stands at `v`. */
export const oneOf = (decode: Partial<Extract<DecodeInput, { shape: 'fields' }>>): DeviceRecord =>
  recordOf([
    { topic: 'x/{device}', decode: { shape: 'fields', fields: [{ path: 'v', port: 1 }], ...decode } },
  ])
export const nothing: Received = {
  readings: [],
  suspect: 0,
  reported: {},
  online: [],
  reasons: [],
  details: '',
}
export const at = (...readings: Received['readings']): Received => ({ ...nothing, readings })
