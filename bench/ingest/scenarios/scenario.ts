import type { Options } from '../options.ts'
import type { Target, TargetKey } from '../targets/target.ts'

/** One line of the JSON file. */
export interface Figure {
  readonly scenario: string
  readonly target: TargetKey
  readonly [detail: string]: unknown
}

export interface Context {
  readonly options: Options
  readonly targets: readonly Target[]
  readonly record: (figure: Figure) => void
  readonly print: (text: string) => void
}

/** Runs one target of a scenario; when it fails the others still get their turn. */
export async function attempt<Result>(
  context: Context,
  target: Target,
  run: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await run()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    context.print(`! (${target.key}) ${target.name}: ${reason}`)
    context.record({ scenario: 'failure', target: target.key, reason })
    return undefined
  }
}
