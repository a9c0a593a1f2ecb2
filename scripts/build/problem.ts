/** Something in a node folder that its author has to mend. */
export interface Problem {
  /** Path below `nodes/`. */
  readonly where: string
  readonly what: string
}

export const formatProblems = (problems: readonly Problem[]): string =>
  problems.map(({ where, what }) => `  ${where}: ${what}\n`).join('')

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
