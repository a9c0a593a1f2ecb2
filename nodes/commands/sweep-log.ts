import type { Store } from '../platform/store/port.ts'
import { bulkCollection } from './bulk.ts'
import { commandCollection, loggedMs } from './command.ts'
import type { CommandArchive } from './command-archive.ts'

const atOnce = 500
const dayMs = 24 * 3_600_000

/** Brings what ended on days past their time on the log to the archive, and only then takes it off the log. */
export async function sweepLog(
  { archive, store }: { readonly archive: CommandArchive; readonly store: Pick<Store, 'organization'> },
  orgId: string,
  nowMs: number,
): Promise<void> {
  // Whole days, so that there is one object for each and not one for each sweep.
  const beforeMs = Math.floor((nowMs - loggedMs) / dayMs) * dayMs
  const organization = store.organization(orgId)
  const commands = organization.collection(commandCollection)
  for (;;) {
    const { items } = await commands.find(
      { endedAtMs: { $gt: 0, $lt: beforeMs } },
      { sort: [{ path: 'endedAtMs', direction: 'ascending' }], limit: atOnce },
    )
    if (items.length === 0) break
    await archive.keep(
      orgId,
      items.map(({ document }) => document),
    )
    await commands.removeMany({ id: { $in: items.map(({ document }) => document.id) } })
  }
  await organization
    .collection(bulkCollection)
    .removeMany({ dueAtMs: null, createdAtMs: { $lt: nowMs - loggedMs } })
}
