import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../platform/clock.ts'
import type { Store } from '../platform/store/port.ts'
import { deviceCollection } from './collections.ts'

export interface GatewayTurnParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly newId: () => string
}

/** Far more than registering a device takes; who dies meanwhile holds others up for no longer. */
const leaseMs = 10_000
const tries = 100
const betweenTriesMs = 20

/**
 * Runs it while no other process does so for the same gateway; undefined where its turn does not come within two seconds, or there is no such
 * gateway any more. What it is told counts is what is registered by now, whoever has registered it.
 * @throws StoreUnavailable
 */
export async function inTurnOfGateway<T>(
  { clock, newId, store }: GatewayTurnParts,
  { gatewayId, orgId }: { readonly orgId: string; readonly gatewayId: string },
  run: (children: number) => Promise<T>,
): Promise<T | undefined> {
  const devices = store.organization(orgId).collection(deviceCollection)
  const owner = newId()
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const lease = { owner, nowMs: clock.nowMs(), durationMs: leaseMs }
    const [claimed] = await devices.claim({ id: gatewayId, removedAt: null }, lease, { limit: 1 })
    if (claimed !== undefined) {
      try {
        return await run(await devices.count({ gateway: gatewayId, removedAt: null }))
      } finally {
        await devices.release(gatewayId, owner)
      }
    }
    await sleep(betweenTriesMs)
  }
  return undefined
}
