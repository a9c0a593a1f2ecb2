import { tooFewFiles } from '../load/client.ts'
import { withServer } from '../measure.ts'
import { doubts, figureHeads, figures, table } from '../report.ts'
import { attempt } from './scenario.ts'
import type { Context } from './scenario.ts'

const warmUpSeconds = 5

/** A large fleet at its everyday pace: how long a reading takes from publish to stored when nothing is saturated. */
export async function paced(context: Context): Promise<void> {
  const { options, targets, print } = context
  const { devices, ratePerSecond, seconds } = options.paced
  print(`\npaced: ${devices} devices, ${ratePerSecond} messages/s for ${seconds} s`)
  const problem = tooFewFiles(devices)
  if (problem !== undefined) return print(`! ${problem}`)
  const rows: string[][] = []
  const notes: string[] = []
  for (const target of targets) {
    const fleet = { devices, portPairs: options.portPairs, inFlight: 4 }
    const one = await attempt(context, target, () =>
      withServer(target, fleet, async ({ measure }) => {
        await measure((load) => load.paced(ratePerSecond, Math.min(seconds, warmUpSeconds)))
        return measure((load) => load.paced(ratePerSecond, seconds))
      }),
    )
    if (one === undefined) continue
    context.record({ scenario: 'paced', target: target.key, devices, ratePerSecond, seconds, ...one })
    rows.push([`(${target.key}) ${target.name}`, ...figures([one])])
    notes.push(...doubts(`(${target.key})`, [one]))
  }
  print(table([['', ...figureHeads], ...rows]))
  for (const note of notes) print(note)
  return undefined
}
