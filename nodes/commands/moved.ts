import type { CommandState } from './command-decider.ts'

/**
 * How long an attempt is waited for is a duration, and so is how long a command waits for its device; but for that of a
 * window, which waits until the window closes. Pure.
 */
export const movedCommand = <T extends CommandState>(command: T, byMs: number): T => ({
  ...command,
  dueAtMs: later(command.dueAtMs, byMs),
  ...(command.source === 'schedule' ? {} : { expiresAtMs: later(command.expiresAtMs, byMs) }),
})

const later = (atMs: number | null, byMs: number): number | null => atMs && atMs + byMs
