import type { Broker } from '../platform/broker/port.ts'
import type { LatestValues } from '../platform/latest/port.ts'
import type { Logger } from '../platform/logger.ts'
import type { SeriesStore } from '../platform/series/port.ts'
import type { Store } from '../platform/store/port.ts'
import type { DeviceStates } from './device-states.ts'

export type Forget = (orgId: string, deviceId: string) => Promise<unknown>

/** What other domains keep of devices: each says, as it starts, how that goes. */
export class OtherTraces {
  readonly #forgets = new Set<Forget>()

  /** May be called again for the same device, and for one of which there is nothing. The result ends it. */
  add(forget: Forget): () => void {
    this.#forgets.add(forget)
    return () => void this.#forgets.delete(forget)
  }

  async forget(orgId: string, deviceId: string): Promise<void> {
    for (const forget of this.#forgets) await forget(orgId, deviceId)
  }
}

/** Where a device leaves traces. */
export interface TraceParts {
  readonly broker: Pick<Broker, 'disconnect'>
  readonly latest: Pick<LatestValues, 'forget'>
  readonly log: Pick<Logger, 'info'>
  readonly series: Pick<SeriesStore, 'removeDevice'>
  readonly states: Pick<DeviceStates, 'forget'>
  readonly store: Store
  readonly others: OtherTraces
}

/** May be repeated from any step on. */
export async function removeTraces(parts: TraceParts, orgId: string, deviceId: string): Promise<void> {
  const { broker, latest, others, series, states } = parts
  await broker.disconnect(deviceId)
  await series.removeDevice(orgId, deviceId)
  await states.forget(orgId, deviceId)
  await latest.forget(orgId, deviceId)
  await others.forget(orgId, deviceId)
}
