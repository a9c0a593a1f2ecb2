import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { organizationCollection } from '../../nodes/identity/organization.ts'
import { whileAudited } from '../../nodes/platform/kit/audit/scope.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { loadCollections } from '../../nodes/platform/kit/domain/load-collections.ts'
import { EngineRefused } from '../../engines/sole-use/engine-refused.ts'
import { moveOrganization, openStore } from '../engines.ts'
import { InvalidSettings, readSettings, type Settings } from '../env.ts'
import { OrganizationFileRefused } from '../../nodes/identity/organization-file/format.ts'
import { exportToFile, importFromFile } from './organization-file.ts'
import { removeOrganization } from './organization-remove.ts'
import { refusing } from './refusing.ts'

const usage = `Usage: npm run fleetloom -- organization VERB

  organization move ORG --to dedicated|pooled
  organization export ORG FILE
  organization import FILE [--to dedicated|pooled]
  organization remove ORG --yes

\`move\` takes what there is of an organization in the store (DATA_DIR, or MONGO_URL) into a database of its own, or back to
that of all. One that is cut short is run again; the platform does not start before. \`export\` writes all there is of an
organization, readings and archive too, into a file, and \`import\` brings it along into a platform that has no such
organization. \`remove\` removes all there is of one, for good. The platform must not run.
`
const nodesDir = path.join(import.meta.dirname, '../../nodes')
const isolations = ['dedicated', 'pooled'] as const
type Isolation = (typeof isolations)[number]

class CommandRefused extends Error {
  override readonly name = 'CommandRefused'
}

const refusals = [InvalidSettings, CommandRefused, EngineRefused, OrganizationFileRefused]

/** 0 when it is done, 1 when it is refused, 2 when the words make no sense. */
export async function organizationCommand(words: readonly string[]): Promise<number> {
  return refusing(
    async () => {
      const { positionals, values } = parseArgs({
        args: [...words],
        options: { to: { type: 'string' }, yes: { type: 'boolean', default: false } },
        allowPositionals: true,
      })
      const to = isolations.find((isolation) => isolation === values.to)
      const run = to === values.to ? runOf(positionals, to, values.yes) : undefined
      if (run === undefined) {
        process.stderr.write(usage)
        return 2
      }
      await run(readSettings(process.env))
      return 0
    },
    (error) => refusals.some((kind) => error instanceof kind) || error.name === 'InvalidName',
  )
}

/** What the words ask for; undefined when they make no sense. */
function runOf(
  [verb, subject, ...more]: readonly string[],
  to: Isolation | undefined,
  isMeant: boolean,
): ((settings: Settings) => Promise<void>) | undefined {
  if (subject === undefined || (isMeant && verb !== 'remove')) return undefined
  const [file] = more
  if (verb === 'move' && to !== undefined && more.length === 0)
    return (settings) => move(settings, subject, to)
  if (verb === 'export' && to === undefined && file !== undefined && more.length === 1)
    return (settings) => exportToFile(settings, subject, file)
  if (verb === 'remove' && to === undefined && more.length === 0)
    return (settings) => remove(settings, subject, isMeant)
  if (verb === 'import' && more.length === 0) return (settings) => importFromFile(settings, subject, to)
  return undefined
}

async function remove(settings: Settings, orgId: string, isMeant: boolean): Promise<void> {
  if (!isMeant)
    throw new CommandRefused(`That removes all there is of ${orgId}, for good. If it is meant, add --yes.`)
  const collections = await loadCollections(nodesDir)
  const { documents, objects } = await removeOrganization(settings, orgId, collections)
  process.stdout.write(
    `${orgId} is removed: ${documents} documents, ${objects} archived objects, and all readings.\n`,
  )
}

async function move(settings: Settings, orgId: string, to: Isolation): Promise<void> {
  const collections = await loadCollections(nodesDir)
  const moved = await moveOrganization(settings, { orgId, to, collections }, () => note(settings, orgId, to))
  process.stdout.write(`${orgId}: ${moved} documents moved, ${to} now.\n`)
}

/** Where it is now stands in its document, for whoever looks at it. */
async function note(settings: Settings, orgId: string, to: Isolation): Promise<void> {
  const { close, store } = await openStore(settings, silentLogger)
  try {
    const scope = {
      actor: { kind: 'command-line', id: userInfo().username },
      orgId,
      permission: 'modules:identity:organizations:update',
      address: '',
      requestId: randomUUID(),
    }
    const organizations = store.platform(organizationCollection)
    const outcome = await whileAudited(scope, () =>
      organizations.update(orgId, (organization) => ({ ...organization, isolation: to })),
    )
    if (outcome.kind === 'missing') throw new CommandRefused(`There is no organization ${orgId}.`)
  } finally {
    await close()
  }
}
