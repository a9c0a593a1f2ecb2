import type { Broker } from '../platform/broker/port.ts'
import type { LatestValues } from '../platform/latest/port.ts'
import type { Logger } from '../platform/logger.ts'
import type { SeriesStore } from '../platform/series/port.ts'
import type { Store } from '../platform/store/port.ts'
import type { DeviceStates } from './device-states.ts'

/** Where a device leaves traces. */
export interface TraceParts {
  readonly broker: Pick<Broker, 'disconnect'>
  readonly latest: Pick<LatestValues, 'forget'>
  readonly log: Pick<Logger, 'info'>
  readonly series: Pick<SeriesStore, 'removeDevice'>
  readonly states: Pick<DeviceStates, 'forget'>
  readonly store: Store
}

/** May be repeated from any step on. */
export async function removeTraces(parts: TraceParts, orgId: string, deviceId: string): Promise<void> {
  const { broker, latest, series, states } = parts
  await broker.disconnect(deviceId)
  await series.removeDevice(orgId, deviceId)
  await states.forget(orgId, deviceId)
  await latest.forget(orgId, deviceId)
}
