import type { CollectionSpec } from '../platform/store/port.ts'
import type { DeviceReport } from './device-report.ts'
import { type DeviceState, deviceStateSchema } from './state.ts'

export const deviceStateCollection: CollectionSpec<DeviceState> = {
  name: 'device_states',
  audit: 'none',
  schema: deviceStateSchema,
  indexes: [['online', 'lastSeenAt']],
}

export interface DeviceKey {
  readonly orgId: string
  readonly deviceId: string
}

export interface Unheard {
  readonly state: DeviceState
  /** Whether any instance holds a connection of it; undefined where there is this process alone, which knows. */
  readonly isConnected?: boolean
}

/**
 * The state of every device. Reports of a device are folded where its part of the uplink stream is consumed, one after
 * the other, and written behind: many between two writes cost one. When a device was last heard of is written rarely
 * ({@link saveSeen}), and for many together: it changes with every message, and after a crash the readings tell it again.
 */
export interface DeviceStates {
  get(orgId: string, deviceId: string): Promise<DeviceState>
  /** In the order of the ids. */
  of(orgId: string, deviceIds: readonly string[]): Promise<readonly DeviceState[]>
  /** How many devices of the organization are online. */
  countOnline(orgId: string): Promise<number>
  /** States that say online though nothing was heard of the device since `seenBeforeMs`, as far as is known here. */
  unheard(seenBeforeMs: number): AsyncIterable<Unheard> | Iterable<Unheard>

  /** To be awaited, where there is a promise, before devices are reported on: their states are read then. */
  know(devices: readonly DeviceKey[]): Promise<void> | undefined
  /** The new state, and whether something changed that a watcher would want to know (not just `lastSeenAt`). */
  report(report: DeviceReport): { readonly state: DeviceState; readonly isNews: boolean }
  /** Cheaper than a report, for every reading; the new state when that is news. */
  seen(orgId: string, deviceId: string, receivedAt: number): DeviceState | undefined
  /** Resolves when everything reported so far is in the store: what a stream's acknowledgment waits for. */
  whenSaved(): Promise<void>
  /** Writes when devices were last heard of; every minute or so is enough. */
  saveSeen(): Promise<void>

  /** For a device that was removed. */
  forget(orgId: string, deviceId: string): Promise<void>
  close(): Promise<void>
}
