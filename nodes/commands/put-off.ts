import type { Clock } from '../platform/clock.ts'
import type { Store } from '../platform/store/port.ts'
import { type CommandDocument, commandCollection, isOpen } from './command.ts'

/** Whatever is due sooner than that comes of itself. */
const soonMs = 60_000

/**
 * Has those looked at that a clock which was ahead has put off, where nobody knows by how much it was set back since: it was
 * another machine's, or the machine has booted. Without that their attempts would wait for as long as it was ahead. True when
 * there were any.
 */
export async function wakePutOff({
  clock,
  store,
}: {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
}): Promise<boolean> {
  const nowMs = clock.nowMs()
  const { items } = await store.everywhere(
    commandCollection,
    { dueAtMs: { $gt: nowMs + soonMs } },
    { sort: [{ path: 'dueAtMs', direction: 'descending' }], limit: 500 },
  )
  const isPutOff = (command: CommandDocument): boolean =>
    isOpen(command) && (command.dueAtMs ?? 0) > nowMs + longestMs(command)
  const putOff = items.filter(({ document }) => isPutOff(document))
  for (const { document, orgId } of putOff)
    await store
      .organization(orgId)
      .collection(commandCollection)
      .update(document.id, (current) =>
        isPutOff(current) ? { ...current, dueAtMs: dueOf(current, nowMs), reckoned: undefined } : current,
      )
  return putOff.length > 0
}

/** What none is put off for longer than. */
const longestMs = ({ ackTimeoutMs, backoffMs }: CommandDocument): number => soonMs + ackTimeoutMs + backoffMs

/** An attempt that was made waits for its answer once more. */
const dueOf = ({ ackTimeoutMs, attempts }: CommandDocument, nowMs: number): number =>
  attempts.length === 0 ? nowMs : nowMs + ackTimeoutMs
