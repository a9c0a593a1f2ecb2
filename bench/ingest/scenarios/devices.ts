import { tooFewFiles } from '../load/client.ts'
import { withServer } from '../measure.ts'
import type { Measured } from '../measure.ts'
import { doubts, figureHeads, figures, table } from '../report.ts'
import { attempt } from './scenario.ts'
import type { Context } from './scenario.ts'

const maxSeconds = 300

/** What a message costs when it comes from ever more connections, one in flight each. */
export async function devices(context: Context): Promise<void> {
  const { options, targets, print } = context
  print('\ndevices: connected devices with one message in flight each')
  const rows: string[][] = []
  const notes: string[] = []
  for (const count of options.deviceCounts) {
    const problem = tooFewFiles(count)
    if (problem !== undefined) {
      print(`! ${problem}`)
      continue
    }
    const cost = new Map<string, Measured>()
    for (const target of targets) {
      if (target.key === 'c') continue
      const messages = Math.ceil(options.messages / 4)
      const fleet = { devices: count, portPairs: options.portPairs, inFlight: 1 }
      const one = await attempt(context, target, () =>
        withServer(target, fleet, async ({ measure }) => {
          await measure((load) => load.saturate(Math.max(count * 2, Math.ceil(messages / 5)), maxSeconds))
          return measure((load) => load.saturate(messages, maxSeconds))
        }),
      )
      if (one === undefined) continue
      cost.set(target.key, one)
      context.record({ scenario: 'devices', target: target.key, devices: count, ...one })
      rows.push([
        `${count.toLocaleString('en-US')} devices, (${target.key}) ${target.name}`,
        ...figures([one]),
      ])
      notes.push(...doubts(`${count} devices, (${target.key})`, [one]))
    }
    const [a, b] = [cost.get('a'), cost.get('b')]
    if (a !== undefined && b !== undefined) {
      notes.push(
        `${count.toLocaleString('en-US')} devices: stored/s a/b = ${(a.storedPerSecond / b.storedPerSecond).toFixed(2)}, ` +
          `CPU a/b = ${(a.cpuMicrosPerMessage / b.cpuMicrosPerMessage).toFixed(2)}`,
      )
    }
  }
  print(table([['', ...figureHeads], ...rows]))
  for (const note of notes) print(note)
}
