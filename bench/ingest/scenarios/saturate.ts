import { withServer } from '../measure.ts'
import type { Measured } from '../measure.ts'
import { costOf, doubts, figureHeads, figures, median, rateOf, ratio, table } from '../report.ts'
import type { Target, TargetKey } from '../targets/target.ts'
import { inTurns } from './scenario.ts'
import type { Context } from './scenario.ts'

const maxSeconds = 300
/** A saturated server that had its core for less than this share of the time was held up by something else. */
const idleShare = 0.7

/** As many messages as the server takes, from few connections; targets alternate so that noise meets all alike. */
export async function saturate(context: Context): Promise<void> {
  const { options, targets, print } = context
  print(
    `\nsaturate: ${options.connections} connections × ${options.inFlight} in flight, two readings a message, ` +
      `medians of ${options.rounds}`,
  )
  const measured = await inTurns(context, targets, (target) => loadOnce(context, target), {
    scenario: 'saturate',
  })
  const done = [...measured].map(([{ key, name }, rounds]) => ({ name: `(${key}) ${name}`, rounds }))
  print(table([['', ...figureHeads], ...done.map(({ name, rounds }) => [name, ...figures(rounds)])]))
  for (const { name, rounds } of done) for (const doubt of doubts(name, rounds)) print(doubt)
  const rate = (key: TargetKey): number => rateOf(measured, key)
  for (const { name, rounds } of done) {
    const share = median(rounds.map((one) => (one.storedPerSecond * one.cpuMicrosPerMessage) / 1e6))
    if (share < idleShare) {
      print(
        `${name}: on the CPU ${Math.round(share * 100)} % of the time; the rest went to the disk or to other processes`,
      )
    }
  }
  print(ratio('a/b', rate('a') / rate('b'), '≥ 0.8'))
  // Of the same work done on a core that others use too, the CPU time says more than the clock.
  print(ratio('a/b by CPU time a message', costOf(measured, 'b') / costOf(measured, 'a'), '≥ 0.8'))
  print(ratio('a/c', rate('a') / rate('c'), '≥ 5'))
  print(ratio('b/c', rate('b') / rate('c'), 'none, for scale'))
}

function loadOnce({ options }: Context, target: Target): Promise<Measured> {
  const messages = target.key === 'c' ? options.stockMessages : options.messages
  const fleet = {
    devices: options.connections,
    portPairs: options.portPairs,
    inFlight: options.inFlight,
  }
  return withServer(target, fleet, async ({ measure }) => {
    // The compiler and the caches need a while; a server's first second is not its speed.
    await measure((load) => load.saturate(Math.ceil(messages / 10), maxSeconds))
    return measure((load) => load.saturate(messages, maxSeconds))
  })
}
