import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given, kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { repeat } from '../platform/kit/repeat.ts'
import { domain as quotasDomain } from '../quotas/domain.ts'
import { type AccessParts, BrokerAccess } from './broker-access.ts'
import type { DeviceClass } from './device-class.ts'
import { OtherTraces } from './device-traces.ts'
import { devicesOf } from './devices.ts'
import { deviceCollection } from './collections.ts'
import { finishOldRemovals } from './old-removals.ts'
import { removalJob } from './remove-device.ts'
import { openRegistry } from './open-registry.ts'
import { ShownStates } from './shown-states.ts'

export interface DevicesSettings {
  readonly account: AccessParts['account']
  /** Classes that come with the platform. */
  readonly shipped: readonly DeviceClass[]
}
export const devicesSettings = given<DevicesSettings>('settings of devices')

/** Who is not registered is written down so often. */
const writeUnknownEveryMs = 5000
/** When devices were last heard of is written down so often, by each instance for what it has seen. */
const saveSeenEveryMs = 60_000

export const domain = defineDomain({
  id: 'devices',
  needs: {
    ...kit('broker', 'bus', 'clock', 'latest', 'log', 'pulse', 'relay', 'secrets', 'series', 'store'),
    quotas: quotasDomain,
    settings: devicesSettings,
  },
  async start({ settings, ...needed }) {
    const { clock, log, secrets } = needed
    const registry = await openRegistry({ ...needed, ...settings })
    const { directory, duties } = registry
    const states = new ShownStates(registry.states, directory)
    const access = new BrokerAccess({ directory, secrets, account: settings.account })
    const parts = { ...needed, access, directory, states, others: new OtherTraces() }
    const endSaving = repeat(clock, saveSeenEveryMs, () => {
      Promise.resolve(states.saveSeen()).catch((error: unknown) =>
        log.warn({ err: error }, 'saving when devices were seen failed, will be tried again'),
      )
    })
    const devices = devicesOf(parts)
    const endWriting = repeat(clock, writeUnknownEveryMs, () => {
      devices.unknownSenders
        .write()
        .catch((error: unknown) => log.warn({ err: error }, 'unknown senders could not be written down'))
    })
    return {
      service: devices,
      relays: [deviceCollection],
      jobs: [removalJob(parts)],
      duties: [
        ...duties,
        {
          name: 'finishing removals of devices',
          nextMs: every(60_000),
          run: () => finishOldRemovals(parts),
        },
      ],
      async stop() {
        endSaving()
        endWriting()
        await devices.unknownSenders.write().catch(() => undefined)
        await registry.close()
      },
    }
  },
})
