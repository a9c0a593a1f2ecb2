import { ArchiveUnavailable } from '../../nodes/platform/archive/errors.ts'
import { openArchive } from '../../engines/archive/open.ts'
import {
  archivedOrganizations,
  type Verified,
  verifyOrganization,
} from '../../nodes/telemetry/archiving/verify.ts'
import { archiveLocation } from '../archive.ts'
import { InvalidSettings, settingsSchema } from '../env.ts'
import { organizationsVerb } from './organizations-verb.ts'

/** `archive verify [--organization ORG]`: 0 when all is well, 1 when something is damaged. */
export const archiveCommand = organizationsVerb({
  command: 'archive',
  verb: 'verify',
  run: verify,
  isRefusal: (error) => error instanceof InvalidSettings || error instanceof ArchiveUnavailable,
})

async function verify(organization: string | undefined): Promise<number> {
  const archive = await openArchive(archiveLocation(readLocation()))
  try {
    const organizations = organization === undefined ? await archivedOrganizations(archive) : [organization]
    if (organizations.length === 0) process.stdout.write('Nothing is archived.\n')
    let isGood = true
    for (const orgId of organizations) {
      const verified = await verifyOrganization(archive, orgId)
      process.stdout.write(describe(verified))
      if (verified.faults.length > 0) isGood = false
    }
    return isGood ? 0 : 1
  } finally {
    await archive.close()
  }
}

/** Of the settings only those that say where the archive is: the others may be for another machine. */
function readLocation(): { readonly ARCHIVE_URL?: string | undefined; readonly DATA_DIR: string } {
  const { ARCHIVE_URL, DATA_DIR } = process.env
  const parsed = settingsSchema
    .pick({ ARCHIVE_URL: true, DATA_DIR: true })
    .safeParse({ ...(ARCHIVE_URL ? { ARCHIVE_URL } : {}), ...(DATA_DIR ? { DATA_DIR } : {}) })
  if (parsed.success) return parsed.data
  throw new InvalidSettings(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
}

function describe({ bytes, faults, files, orgId, readings, strays }: Verified): string {
  const size = `${(bytes / 1_048_576).toFixed(1)} MiB`
  const lines = [
    `${orgId}: ${files} files, ${readings} readings, ${size}: ${faults.length === 0 ? 'good' : 'DAMAGED'}`,
  ]
  for (const fault of faults) lines.push(`  ${fault}`)
  for (const stray of strays) lines.push(`  ${stray}: not in the manifest, left by a crash; may be removed`)
  return `${lines.join('\n')}\n`
}
