import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { organizationCollection } from '../../nodes/identity/organization.ts'
import { whileAudited } from '../../nodes/platform/kit/audit/scope.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { loadCollections } from '../collections.ts'
import { EngineRefused } from '../engine-refused.ts'
import { moveOrganization, openStore } from '../engines.ts'
import { InvalidSettings, readSettings, type Settings } from '../env.ts'
import { refusing } from './refusing.ts'

const usage = `Usage: npm run fleetloom -- organization move ORG --to dedicated|pooled

Moves what there is of an organization in the store (SQLite, DATA_DIR) into a file of its own, or back to that of all. The
platform must not run. One that is cut short is run again; the platform does not start before.
`
const nodesDir = path.join(import.meta.dirname, '../../nodes')
const isolations = ['dedicated', 'pooled'] as const
type Isolation = (typeof isolations)[number]

class MoveRefused extends Error {
  override readonly name = 'MoveRefused'
}

/** 0 when it is done, 1 when it is refused, 2 when the words make no sense. */
export async function organizationCommand(words: readonly string[]): Promise<number> {
  return refusing(
    async () => {
      const { positionals, values } = parseArgs({
        args: [...words],
        options: { to: { type: 'string' } },
        allowPositionals: true,
      })
      const [verb, orgId, ...more] = positionals
      const to = isolations.find((isolation) => isolation === values.to)
      if (verb !== 'move' || orgId === undefined || more.length > 0 || to === undefined) {
        process.stderr.write(usage)
        return 2
      }
      await move(readSettings(process.env), orgId, to)
      return 0
    },
    (error) =>
      [InvalidSettings, MoveRefused, EngineRefused].some((kind) => error instanceof kind) ||
      error.name === 'InvalidName',
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
    if (outcome.kind === 'missing') throw new MoveRefused(`There is no organization ${orgId}.`)
  } finally {
    await close()
  }
}
