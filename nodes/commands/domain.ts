import { domain as devicesDomain } from '../devices/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { bulkCollection, bulkJob } from './bulk.ts'
import { commandCollection } from './command.ts'
import { Commands } from './command-service.ts'
import { sendingJob } from './sending-job.ts'

const keptMs = 30 * 24 * 3_600_000

export const domain = defineDomain({
  id: 'commands',
  needs: {
    ...kit('broker', 'clock', 'jobs', 'live', 'log', 'relay', 'secrets', 'store'),
    devices: devicesDomain,
    identity: identityDomain,
  },
  start({ devices: { directory, states: deviceStates }, identity, ...needed }) {
    const { clock, store } = needed
    const commands = new Commands({ ...needed, directory })
    return {
      service: commands,
      jobs: [sendingJob({ ...needed, commands, deviceStates, directory }), bulkJob({ commands })],
      relays: [commandCollection],
      duties: [
        {
          name: 'sweeping the log of commands',
          nextMs: every(3_600_000),
          async run() {
            const before = clock.nowMs() - keptMs
            for await (const orgId of identity.organizationIds()) {
              const organization = store.organization(orgId)
              await organization
                .collection(commandCollection)
                .removeMany({ endedAtMs: { $gt: 0, $lt: before } })
              await organization
                .collection(bulkCollection)
                .removeMany({ dueAtMs: null, createdAtMs: { $lt: before } })
            }
          },
        },
      ],
    }
  },
})
