import { tooFewFiles } from '../load/client.ts'
import { withServer } from '../measure.ts'
import type { Bed, Measured } from '../measure.ts'
import { costOf, costRatios, doubts, figureHeads, figures, median, ratio, table } from '../report.ts'
import type { Rounds } from '../report.ts'
import type { Target } from '../targets/target.ts'
import { inTurns } from './scenario.ts'
import type { Context } from './scenario.ts'

/** So that each device has published, and what does so for the first time is not what is measured. */
const warmUpRatePerSecond = 2000

/** A large fleet at its everyday pace: what a message costs, and how long it takes to be stored, when it comes alone. */
export async function paced(context: Context): Promise<void> {
  const { options, targets, print } = context
  const { devices, isTogether, ratePerSecond, seconds } = options.paced
  const how = isTogether ? 'beside each other on one core' : 'in turns'
  print(
    `\npaced: ${devices} devices, ${ratePerSecond} messages/s for ${seconds} s, ${how}, medians of ${options.rounds}`,
  )
  const problem = tooFewFiles(devices)
  if (problem !== undefined) return print(`! ${problem}`)
  const details = { scenario: 'paced', devices, ratePerSecond, seconds }
  const measured = isTogether
    ? await together(context, details)
    : await inTurns(context, targets, (target) => loadOnce(context, target), details)
  const rows: string[][] = []
  const notes: string[] = []
  for (const [{ key, name }, rounds] of measured) {
    rows.push([`(${key}) ${name}`, ...figures(rounds), generatorCost(rounds).toFixed(1)])
    notes.push(...doubts(`(${key})`, rounds))
  }
  print(table([['', ...figureHeads, 'load µs/msg'], ...rows]))
  for (const note of notes) print(note)
  print(ratio('a/b in CPU time a message', costOf(measured, 'a') / costOf(measured, 'b'), '≤ 1'))
  const each = costRatios(measured, ['a', 'b']).filter((cost) => !Number.isNaN(cost))
  if (each.length > 1) print(`  round by round: ${each.map((cost) => cost.toFixed(2)).join(', ')}`)
  return undefined
}

/** What the load generator itself spent, which is no part of a server's figure. */
const generatorCost = (rounds: readonly Measured[]): number =>
  median(rounds.map(({ load, messages }) => (load.cpuSeconds / messages) * 1e6))

async function loadOnce(context: Context, target: Target): Promise<Measured> {
  const [only] = await loadAll(context, [target])
  if (only === undefined) throw new Error('nothing was measured')
  return only
}

/** All at the same time: what disturbs the machine meets all alike, and each waits longer for the core. */
async function together(context: Context, details: { readonly scenario: string }): Promise<Rounds<Target>> {
  const { options, record, targets } = context
  const measured = new Map(targets.map((target) => [target, [] as Measured[]]))
  for (let round = 1; round <= options.rounds; round += 1) {
    const all = await loadAll(context, targets)
    for (const [index, target] of targets.entries()) {
      const one = all[index]
      if (one === undefined) continue
      record({ ...details, target: target.key, round, ...one })
      measured.get(target)?.push(one)
    }
  }
  return measured
}

function loadAll({ options }: Context, targets: readonly Target[]): Promise<readonly Measured[]> {
  const { devices, ratePerSecond, seconds } = options.paced
  const fleet = { devices, portPairs: options.portPairs, inFlight: 4 }
  const pace = (beds: readonly Bed[], rate: number, forSeconds: number): Promise<readonly Measured[]> =>
    Promise.all(beds.map(({ measure }) => measure((load) => load.paced(rate, forSeconds))))
  const withAll = (
    [next, ...others]: readonly Target[],
    beds: readonly Bed[],
  ): Promise<readonly Measured[]> =>
    next === undefined
      ? pace(beds, warmUpRatePerSecond, Math.ceil(devices / warmUpRatePerSecond)).then(() =>
          pace(beds, ratePerSecond, seconds),
        )
      : withServer(next, fleet, (bed) => withAll(others, [...beds, bed]))
  return withAll(targets, [])
}
