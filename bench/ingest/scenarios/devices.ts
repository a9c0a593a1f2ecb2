import { tooFewFiles } from '../load/client.ts'
import { withServer } from '../measure.ts'
import type { Measured } from '../measure.ts'
import { costOf, doubts, figureHeads, figures, rateOf, ratio, table } from '../report.ts'
import type { Target } from '../targets/target.ts'
import { inTurns } from './scenario.ts'
import type { Context } from './scenario.ts'

const maxSeconds = 300

/** What a message costs when it comes from ever more connections, one in flight each. */
export async function devices(context: Context): Promise<void> {
  const { options, targets, print } = context
  print(`\ndevices: connected devices with one message in flight each, medians of ${options.rounds}`)
  const rows: string[][] = []
  const notes: string[] = []
  for (const count of options.deviceCounts) {
    const problem = tooFewFiles(count)
    if (problem !== undefined) {
      print(`! ${problem}`)
      continue
    }
    const measured = await inTurns(
      context,
      targets.filter(({ key }) => key !== 'c'),
      (target) => loadOnce(context, target, count),
      { scenario: 'devices', devices: count },
    )
    const many = `${count.toLocaleString('en-US')} devices`
    for (const [{ key, name }, rounds] of measured) {
      rows.push([`${many}, (${key}) ${name}`, ...figures(rounds)])
      notes.push(...doubts(`${many}, (${key})`, rounds))
    }
    notes.push(
      ratio(`${many}: a/b`, rateOf(measured, 'a') / rateOf(measured, 'b'), '≥ 0.8'),
      ratio(`${many}: a/b by CPU time a message`, costOf(measured, 'b') / costOf(measured, 'a'), '≥ 0.8'),
    )
  }
  print(table([['', ...figureHeads], ...rows]))
  for (const note of notes) print(note)
}

function loadOnce({ options }: Context, target: Target, count: number): Promise<Measured> {
  const messages = Math.ceil(options.messages / 4)
  const fleet = { devices: count, portPairs: options.portPairs, inFlight: 1 }
  return withServer(target, fleet, async ({ measure }) => {
    await measure((load) => load.saturate(Math.max(count * 2, Math.ceil(messages / 5)), maxSeconds))
    return measure((load) => load.saturate(messages, maxSeconds))
  })
}
