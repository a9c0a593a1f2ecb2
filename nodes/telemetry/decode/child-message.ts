import type { DeviceRecord } from '../../devices/device.ts'
import type { Uplink } from '../reading.ts'

/** What a gateway's message has of one of its children. */
export interface ChildMessage {
  /** The gateway's message, and who that is. */
  readonly uplink: Uplink
  readonly gateway: DeviceRecord
  readonly address: string
  readonly data: Uint8Array
}
