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

/** Runs one target of a scenario, or some at once; when that fails the others still get their turn. */
export async function attempt<Result>(
  context: Context,
  targets: readonly Target[],
  run: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await run()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    for (const { key, name } of targets) {
      context.print(`! (${key}) ${name}: ${reason}`)
      context.record({ scenario: 'failure', target: key, reason })
    }
    return undefined
  }
}

type Details = { readonly scenario: string; readonly [detail: string]: unknown }

/** Measures each target as often as the options say, in turns, so that what disturbs the machine meets all alike. */
export const inTurns = (
  context: Context,
  targets: readonly Target[],
  measureOnce: (target: Target) => Promise<Measured>,
  details: Details,
): Promise<Rounds<Target>> =>
  inRounds(
    context,
    targets.map((target) => [target]),
    (group) => Promise.all(group.map(measureOnce)),
    details,
  )

/** The groups in turns, the targets of each at the same time: what disturbs the machine meets them in the same moment. */
export async function inRounds(
  context: Context,
  groups: readonly (readonly Target[])[],
  measureOnce: (group: readonly Target[]) => Promise<readonly Measured[]>,
  details: Details,
): Promise<Rounds<Target>> {
  const measured = new Map<Target, Measured[]>()
  let left = groups
  for (let round = 1; round <= context.options.rounds; round += 1) {
    for (const group of left) {
      const all = await attempt(context, group, () => measureOnce(group))
      if (all === undefined) {
        left = left.filter((other) => other !== group)
        continue
      }
      for (const [index, one] of all.entries()) {
        const target = group[index]
        if (target === undefined) continue
        context.record({ ...details, target: target.key, round, ...one })
        measured.set(target, [...(measured.get(target) ?? []), one])
      }
    }
  }
  return measured
}
