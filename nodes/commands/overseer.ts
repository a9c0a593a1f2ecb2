import type { Command } from './command.ts'

/** What decides over commands by hand: why one may not be, or what is done once it is on its way. */
export interface Overseer {
  admit(
    orgId: string,
    deviceId: string,
    field: string,
  ): Promise<
    | { readonly refused: string }
    | {
        /** What it has to be newer than ({@link Command.order}). */
        readonly after: number
        readonly issued?: (command: Command) => Promise<void>
      }
    | undefined
  >
}
