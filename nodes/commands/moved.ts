import { movedTime } from '../platform/kit/jobs/reckoned.ts'
import type { CommandState } from './command-decider.ts'

/**
 * How long an attempt is waited for is a duration, and so is how long a command waits for its device; but for that of a
 * window, which waits until the window closes. Pure.
 */
export const movedCommand = <T extends CommandState>(command: T, byMs: number): T => ({
  ...command,
  dueAtMs: movedTime(command.dueAtMs, byMs),
  ...(command.source === 'schedule' ? {} : { expiresAtMs: movedTime(command.expiresAtMs, byMs) }),
})
