import { tooFewFiles } from '../load/client.ts'
import { withServer } from '../measure.ts'
import type { Bed, Measured } from '../measure.ts'
import type { Options } from '../options.ts'
import { costOf, costRatios, doubts, figureHeads, figures, median, ratio, table } from '../report.ts'
import type { Target } from '../targets/target.ts'
import { inRounds } from './scenario.ts'
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
  const groups = isTogether ? [targets] : targets.map((target) => [target])
  const measured = await inRounds(context, groups, (group) => loadAll(context, group), {
    scenario: 'paced',
    devices,
    ratePerSecond,
    seconds,
  })
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

/** Each server as soon as those before it run, and the load on all at the same time. */
function loadAll(
  context: Context,
  [next, ...others]: readonly Target[],
  beds: readonly Bed[] = [],
): Promise<readonly Measured[]> {
  const { paced: pace, portPairs } = context.options
  if (next === undefined) return measureAll(beds, pace)
  const fleet = { devices: pace.devices, portPairs, inFlight: 4 }
  return withServer(next, fleet, (bed) => loadAll(context, others, [...beds, bed]))
}

async function measureAll(
  beds: readonly Bed[],
  { devices, ratePerSecond, seconds }: Options['paced'],
): Promise<readonly Measured[]> {
  const run = (rate: number, forSeconds: number): Promise<readonly Measured[]> =>
    Promise.all(beds.map(({ measure }) => measure((client) => client.paced(rate, forSeconds))))
  await run(warmUpRatePerSecond, Math.ceil(devices / warmUpRatePerSecond))
  return run(ratePerSecond, seconds)
}
