import { type Rebuilt, rebuildBookings } from '../../nodes/booking/projections.ts'
import { organizationIds } from '../../nodes/identity/organization.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { openStore } from '../engines.ts'
import { InvalidSettings, readSettings } from '../env.ts'
import { organizationsVerb } from './organizations-verb.ts'

/** Calendars of before are swept. */
const keptMs = 30 * 24 * 3_600_000

/** `projections rebuild [--organization ORG]`: what is made of events, made of them again; tells what was not so. */
export const projectionsCommand = organizationsVerb({
  command: 'projections',
  verb: 'rebuild',
  run: rebuild,
  isRefusal: (error) => error instanceof InvalidSettings,
})

async function rebuild(organization: string | undefined): Promise<number> {
  const { close, store } = await openStore(readSettings(process.env), silentLogger)
  try {
    const chosen = organization === undefined ? organizationIds(store) : [organization]
    const sinceMs = Date.now() - keptMs
    for await (const orgId of chosen)
      process.stdout.write(
        describe(orgId, await rebuildBookings(store, orgId, { nowMs: () => Date.now(), sinceMs })),
      )
    return 0
  } finally {
    await close()
  }
}

const describe = (orgId: string, { bookings, changedBookings, changedDays, days }: Rebuilt): string =>
  `${orgId}: ${bookings} bookings, ${changedBookings.length} changed; ${days} days of calendars, ${changedDays.length} changed\n`
