/** What has become of the commands that layers have sent. */
import { type Command, isOpen } from '../commands/command.ts'
import { supersederOf } from '../commands/command-log.ts'
import type { DeviceState } from '../devices/state.ts'
import { isAhead } from '../platform/kit/ahead.ts'
import { type Control, isActive } from './control.ts'
import type { OverrideOutcome } from './control-decider.ts'
import type { EndedCommands } from './owing.ts'

type Lookup = (id: string) => Promise<Command | undefined>
type Presence = Pick<DeviceState, 'online' | 'onlineChangedAt'>

/** Of those with which an override began. */
export async function outcomeOf(
  { override }: Pick<Control, 'override'>,
  lookup: Lookup,
): Promise<OverrideOutcome> {
  const open: OverrideOutcome = { kind: 'open', errorMessage: null, refused: [] }
  if (!isActive(override) || override.confirmedAtMs !== null) return open
  const ids = override.wishes.filter(({ isSent }) => isSent).flatMap(({ commandId }) => commandId ?? [])
  const found = await Promise.all(ids.map(lookup))
  const failed = found.find((command) => command && !isOpen(command) && command.status !== 'acknowledged')
  if (failed !== undefined) {
    const refused = found.flatMap((command) => (command?.status === 'failed' ? [command.id] : []))
    return { kind: 'failed', errorMessage: failed.errorMessage ?? failed.status, refused }
  }
  return found.every((command) => command?.status === 'acknowledged')
    ? { ...open, kind: 'acknowledged' }
    : open
}

/** Of those in doubt; one that gave way to another has become what that has. */
export async function endedOf(
  { inDoubt, sending }: Pick<Control, 'inDoubt' | 'sending'>,
  lookup: Lookup,
  presence: () => Promise<Presence>,
  nowMs: number,
): Promise<EndedCommands> {
  const [lost, settled]: [string[], string[]] = [[], []]
  for (const id of inDoubt) {
    if (sending.some(({ commandId }) => commandId === id)) continue
    let last = await lookup(id)
    for (let next = supersederOf(last); next !== undefined; next = supersederOf(last))
      last = await lookup(next)
    if (last === undefined) settled.push(id)
    else if (isOpen(last)) continue
    else if (
      last.status === 'expired' ||
      (last.status === 'timeout' && isBack(last, await presence(), nowMs))
    )
      lost.push(id)
    else if (last.status !== 'timeout') settled.push(id)
  }
  return { lost, settled }
}

/**
 * One that does not answer is not told again until it has been away. Whether it has been, nobody knows once the clock was set
 * back: then it is told once more.
 */
const isBack = ({ endedAtMs }: Command, { online, onlineChangedAt }: Presence, nowMs: number): boolean =>
  !online || isAhead(endedAtMs ?? 0, nowMs) || (onlineChangedAt ?? 0) > (endedAtMs ?? 0)
