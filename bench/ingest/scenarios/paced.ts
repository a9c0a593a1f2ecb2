import { tooFewFiles } from '../load/client.ts'
import { withServer } from '../measure.ts'
import type { Measured } from '../measure.ts'
import { costOf, doubts, figureHeads, figures, median, ratio, table } from '../report.ts'
import type { Target } from '../targets/target.ts'
import { inTurns } from './scenario.ts'
import type { Context } from './scenario.ts'

/** So that each device has published, and what does so for the first time is not what is measured. */
const warmUpRatePerSecond = 2000

/** A large fleet at its everyday pace: what a message costs, and how long it takes to be stored, when it comes alone. */
export async function paced(context: Context): Promise<void> {
  const { options, targets, print } = context
  const { devices, ratePerSecond, seconds } = options.paced
  print(
    `\npaced: ${devices} devices, ${ratePerSecond} messages/s for ${seconds} s, medians of ${options.rounds}`,
  )
  const problem = tooFewFiles(devices)
  if (problem !== undefined) return print(`! ${problem}`)
  const measured = await inTurns(context, targets, (target) => loadOnce(context, target), {
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
  return undefined
}

/** What the load generator itself spent, which is no part of a server's figure. */
const generatorCost = (rounds: readonly Measured[]): number =>
  median(rounds.map(({ load, messages }) => (load.cpuSeconds / messages) * 1e6))

function loadOnce({ options }: Context, target: Target): Promise<Measured> {
  const { devices, ratePerSecond, seconds } = options.paced
  const fleet = { devices, portPairs: options.portPairs, inFlight: 4 }
  return withServer(target, fleet, async ({ measure }) => {
    await measure((load) => load.paced(warmUpRatePerSecond, Math.ceil(devices / warmUpRatePerSecond)))
    return measure((load) => load.paced(ratePerSecond, seconds))
  })
}
