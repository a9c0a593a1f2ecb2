import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import path from 'node:path'
import { organizationCollection } from '../../nodes/identity/organization.ts'
import { readCredentialSecret } from '../../nodes/identity/sign-in/secrets.ts'
import { whileAudited } from '../../nodes/platform/kit/audit/scope.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { openArchiveOf } from '../archive.ts'
import { loadCollections } from '../../nodes/platform/kit/domain/load-collections.ts'
import { type Stores, whileAlone } from '../engines.ts'
import type { Settings } from '../env.ts'
import { exportOrganization } from '../../nodes/identity/organization-file/export-organization.ts'
import { OrganizationFileRefused } from '../../nodes/identity/organization-file/format.ts'
import { importOrganization } from '../../nodes/identity/organization-file/import-organization.ts'
import type { OrganizationParts } from '../../nodes/identity/organization-file/parts.ts'
import { packageVersion } from '../package-version.ts'

const root = path.join(import.meta.dirname, '../..')

/** `organization export ORG FILE` */
export async function exportToFile(settings: Settings, orgId: string, file: string): Promise<void> {
  if (existsSync(file)) throw new OrganizationFileRefused(`${file} is there already.`)
  const platformVersion = await packageVersion()
  const takenAt = new Date().toISOString()
  const exported = await withParts(settings, (parts) =>
    exportOrganization(parts, { orgId, file: path.resolve(file), takenAt, platformVersion }),
  )
  say(
    `${file}: ${orgId} with ${countsOf(exported)}.`,
    'It holds password hashes and whatever the organization keeps: keep it to yourself.',
    'Not in it: sign-ins, and what devices have sent and the flow has not finished (of a platform that was killed).',
  )
}

/** `organization import FILE [--to dedicated|pooled]` */
export async function importFromFile(
  settings: Settings,
  file: string,
  isolation: 'dedicated' | 'pooled' | undefined,
): Promise<void> {
  if (!existsSync(file)) throw new OrganizationFileRefused(`There is no ${file}.`)
  const { left, orgId, ...counts } = await withParts(settings, (parts, { store }) =>
    importOrganization(parts, {
      file: path.resolve(file),
      isolation,
      async create(organization) {
        const scope = {
          actor: { kind: 'command-line', id: userInfo().username },
          orgId: organization.id,
          permission: 'modules:identity:organizations:create',
          address: '',
          requestId: randomUUID(),
        }
        const inserted = await whileAudited(scope, () =>
          store.platform(organizationCollection).insert(organization),
        )
        if (inserted.kind === 'duplicate')
          throw new OrganizationFileRefused(`The ${inserted.key} of ${organization.id} is taken here.`)
      },
    }),
  )
  say(`${orgId} is here, with ${countsOf(counts)}. Its users sign in anew.`)
  for (const each of left) say(`Left behind: ${each}.`)
}

export async function withParts<T>(
  settings: Settings,
  run: (parts: OrganizationParts, stores: Stores) => Promise<T>,
): Promise<T> {
  const collections = await loadCollections(path.join(root, 'nodes'))
  return whileAlone(settings, async (stores) => {
    const archive = await openArchiveOf(settings, silentLogger)
    try {
      const credentialSecret = await readCredentialSecret({
        dataDir: settings.DATA_DIR,
        configured: settings.CREDENTIAL_SECRET,
      })
      const { series, unaudited: store } = stores
      return await run({ store, series, archive, collections, credentialSecret }, stores)
    } finally {
      await archive.close()
    }
  })
}

const countsOf = (counts: {
  readonly documents: number
  readonly objects: number
  readonly readings: number
}): string =>
  `${counts.documents} documents, ${counts.readings} readings and ${counts.objects} archived objects`

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
