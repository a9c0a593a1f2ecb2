import { z } from 'zod'

/** Something in a node folder that its author has to mend. */
export interface Problem {
  /** Path below `nodes/`. */
  readonly where: string
  readonly what: string
}

export const formatProblems = (problems: readonly Problem[]): string =>
  problems.map(({ where, what }) => `  ${where}: ${what}\n`).join('')

export function messageOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  return error instanceof Error ? error.message : String(error)
}
