import { domain as controlDomain } from '../control/domain.ts'
import { domain as devicesDomain } from '../devices/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { firingCollection } from './schedule.ts'
import { Schedules } from './schedules.ts'

const keptMs = 90 * 24 * 3_600_000

export const domain = defineDomain({
  id: 'schedules',
  needs: {
    ...kit('clock', 'jobs', 'secrets', 'store'),
    control: controlDomain,
    devices: devicesDomain,
    identity: identityDomain,
  },
  start({ devices: { directory }, identity, ...needed }) {
    const { clock, store } = needed
    const schedules = new Schedules({ ...needed, directory })
    return {
      service: schedules,
      jobs: [schedules.job],
      duties: [
        {
          name: 'waking schedules that a clock which was ahead has put off',
          nextMs: every(60_000),
          run: () => schedules.wakePutOff(),
        },
        {
          name: 'sweeping the history of schedules',
          nextMs: every(3_600_000),
          async run() {
            const before = clock.nowMs() - keptMs
            for await (const orgId of identity.organizationIds())
              await store
                .organization(orgId)
                .collection(firingCollection)
                .removeMany({ plannedMs: { $lt: before } })
          },
        },
      ],
    }
  },
})
