/** What is asked of the log of commands. */
import { parseIsoTime } from '../platform/kit/iso-time.ts'
import type { Collection, Page } from '../platform/store/port.ts'
import { type Command, type CommandDocument, manualSources } from './command.ts'

type Documents = Pick<Collection<CommandDocument>, 'find'>

export interface CommandQuery {
  readonly status?: Command['status'] | undefined
  readonly source?: Command['source'] | undefined
  readonly action?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

const maxAskedFor = 500
/** How the reason of one begins that gave way to a newer one. */
export const supersededBy = 'superseded by '
const isSuperseded = (reason: string | null): boolean => reason?.startsWith(supersededBy) === true

/** The id of the command that one gave way to. */
export const supersederOf = (
  command: Pick<Command, 'errorMessage' | 'status'> | undefined,
): string | undefined =>
  command?.status === 'cancelled' && isSuperseded(command.errorMessage)
    ? command.errorMessage?.slice(supersededBy.length)
    : undefined

/** Of a device, newest first. @throws InvalidCursor */
export function findLogged(
  documents: Documents,
  deviceId: string,
  { action, cursor, from, limit, source, status, to }: CommandQuery,
): Promise<Page<CommandDocument>> {
  return documents.find(
    {
      deviceId,
      ...(status === undefined ? {} : { status }),
      ...(source === undefined ? {} : { source }),
      ...(action === undefined ? {} : { action }),
      createdAtMs: {
        $gte: from === undefined ? 0 : parseIsoTime(from),
        $lt: to === undefined ? Number.MAX_SAFE_INTEGER : parseIsoTime(to),
      },
    },
    {
      sort: [{ path: 'order', direction: 'descending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    },
  )
}

/**
 * The newest command by hand that still says what a field is to be: it has not failed, expired or been taken back. One
 * that gave way to another layer's counts on.
 */
export async function findNewestByHand(
  documents: Documents,
  deviceId: string,
  field: string,
): Promise<Command | undefined> {
  const { items } = await documents.find(
    {
      deviceId,
      field,
      source: { $in: manualSources },
      status: { $in: ['pending', 'sent', 'acknowledged', 'cancelled'] },
    },
    { sort: [{ path: 'order', direction: 'descending' }], limit: 10 },
  )
  return items
    .map(({ document }) => document)
    .find(({ errorMessage, status }) => status !== 'cancelled' || isSuperseded(errorMessage))
}

/** The order of what is asked of the device now: above that of all its commands, and `after`. */
export async function findNextOrder(
  documents: Documents,
  deviceId: string,
  { after = 0, nowMs }: { readonly after?: number | undefined; readonly nowMs: number },
): Promise<number> {
  const { items } = await documents.find(
    { deviceId },
    { sort: [{ path: 'order', direction: 'descending' }], limit: 1 },
  )
  return Math.max(nowMs, 1 + Math.max(after, items[0]?.document.order ?? 0))
}

/** Commands of the device that are not over, the oldest first. */
export async function findOpen(documents: Documents, deviceId: string): Promise<readonly CommandDocument[]> {
  const { items } = await documents.find(
    { deviceId, endedAtMs: null },
    { sort: [{ path: 'order', direction: 'ascending' }], limit: 100 },
  )
  return items.map(({ document }) => document)
}

/** Commands that these devices have not answered yet, the oldest first. */
export async function findUnderWay(
  documents: Documents,
  deviceIds: readonly string[],
): Promise<readonly CommandDocument[]> {
  const found: CommandDocument[] = []
  for (let from = 0; from < deviceIds.length; from += maxAskedFor) {
    const { items } = await documents.find(
      { deviceId: { $in: deviceIds.slice(from, from + maxAskedFor) }, endedAtMs: null, status: 'sent' },
      { sort: [{ path: 'order', direction: 'ascending' }], limit: 10_000 },
    )
    found.push(...items.map(({ document }) => document))
  }
  return found
}
