import { parseArgs } from 'node:util'
import type { Verdict } from '../../nodes/platform/kit/audit/audit-trail.ts'
import { organizationIds } from '../../nodes/identity/organization.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { openStore } from '../engines.ts'
import { InvalidSettings, readSettings } from '../env.ts'
import { refusing } from './refusing.ts'

const usage = 'audit: say `audit verify`, or `audit verify --organization ORG`\n'

/** `audit verify [--organization ORG]`: 0 when every entry is there and as it was written, 1 when one is not. */
export async function auditCommand(words: readonly string[]): Promise<number> {
  const [verb, ...rest] = words
  if (verb !== 'verify') {
    process.stderr.write(usage)
    return 2
  }
  return refusing(
    async () => {
      const { values } = parseArgs({ args: rest, options: { organization: { type: 'string' } } })
      return verify(values.organization)
    },
    (error) => error instanceof InvalidSettings,
  )
}

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
