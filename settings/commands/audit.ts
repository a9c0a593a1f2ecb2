import type { Verdict } from '../../nodes/platform/kit/audit/audit-trail.ts'
import { organizationIds } from '../../nodes/identity/organization.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { openStore } from '../engines.ts'
import { InvalidSettings, readSettings } from '../env.ts'
import { organizationsVerb } from './organizations-verb.ts'

/** `audit verify [--organization ORG]`: 0 when every entry is there and as it was written, 1 when one is not. */
export const auditCommand = organizationsVerb({
  command: 'audit',
  verb: 'verify',
  run: verify,
  isRefusal: (error) => error instanceof InvalidSettings,
})

async function verify(organization: string | undefined): Promise<number> {
  const { audit, close, store } = await openStore(readSettings(process.env), silentLogger)
  try {
    // What belongs to no organization has a chain of its own, under no name.
    const chains = organization === undefined ? [''] : [organization]
    if (organization === undefined) for await (const orgId of organizationIds(store)) chains.push(orgId)
    let isIntact = true
    for (const chain of chains) {
      const verdict = await audit.trail.verify(chain)
      process.stdout.write(describe(chain === '' ? 'the platform' : chain, verdict))
      isIntact &&= verdict.isIntact
    }
    return isIntact ? 0 : 1
  } finally {
    await close()
  }
}

const describe = (name: string, { entries, firstBroken, isIntact }: Verdict): string =>
  `${name}: ${entries} entries, ${isIntact ? 'intact' : `BROKEN from entry ${firstBroken ?? ''} on`}\n`
