/** Commands by hand: asked for by somebody, or by what somebody has wired, and by no schedule and no override. */
import type { Collection } from '../platform/store/port.ts'
import type { Command, CommandDocument } from './command.ts'

const manualSources: readonly Command['source'][] = ['api', 'dashboard', 'booking', 'alert', 'flow']
export const isByHand = ({ source }: Pick<Command, 'source'>): boolean => manualSources.includes(source)

/** What decides over commands by hand: why one may not be, or what is done once it is on its way. */
export interface Overseer {
  admit(
    orgId: string,
    deviceId: string,
    field: string,
  ): Promise<
    { readonly refused: string } | { readonly issued: (command: Command) => Promise<void> } | undefined
  >
}

/** How the reason begins for which a command gave way to a newer one. */
export const supersededBy = 'superseded by '
const isSuperseded = (reason: string | null): boolean => reason?.startsWith(supersededBy) === true

/** Of those for one field the first few tell: who takes back more in a row has taken back all. */
const looksAt = 10

/**
 * The newest command by hand that still says what a field is to be: it has not failed, expired or been taken back. One
 * that gave way to another layer's counts on.
 */
export async function newestByHand(
  commands: Collection<CommandDocument>,
  deviceId: string,
  field: string,
): Promise<Command | undefined> {
  const { items } = await commands.find(
    {
      deviceId,
      field,
      source: { $in: manualSources },
      status: { $in: ['pending', 'sent', 'acknowledged', 'cancelled'] },
    },
    { sort: [{ path: 'createdAtMs', direction: 'descending' }], limit: looksAt },
  )
  return items
    .map(({ document }) => document)
    .find(({ errorMessage, status }) => status !== 'cancelled' || isSuperseded(errorMessage))
}
