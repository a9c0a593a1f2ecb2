import type { Measured } from '../measure.ts'
import type { Options } from '../options.ts'
import type { Rounds } from '../report.ts'
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

/** Measures each target as often as the options say, in turns, so that what disturbs the machine meets all alike. */
export async function inTurns(
  context: Context,
  targets: readonly Target[],
  measureOnce: (target: Target) => Promise<Measured>,
  details: { readonly scenario: string; readonly [detail: string]: unknown },
): Promise<Rounds<Target>> {
  const measured = new Map<Target, Measured[]>()
  let left = targets
  for (let round = 1; round <= context.options.rounds; round += 1) {
    for (const target of left) {
      const one = await attempt(context, target, () => measureOnce(target))
      if (one === undefined) {
        left = left.filter((other) => other !== target)
        continue
      }
      context.record({ ...details, target: target.key, round, ...one })
      measured.set(target, [...(measured.get(target) ?? []), one])
    }
  }
  return measured
}
