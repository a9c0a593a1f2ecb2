import { withServer } from '../measure.ts'
import { megabytes, table, whole } from '../report.ts'
import { attempt } from './scenario.ts'
import type { Context } from './scenario.ts'

const maxSeconds = 600

/** Whether memory stays where it is while ever more is stored; of the platform, or of (b) when that alone is asked for. */
export async function memory(context: Context): Promise<void> {
  const { options, targets, print } = context
  const target = targets.find(({ key }) => key === 'a') ?? targets.find(({ key }) => key === 'b')
  if (target === undefined) return
  print(`\nmemory: resident size of (${target.key}) ${target.name} after so many messages`)
  const fleet = { devices: options.connections, portPairs: options.portPairs, inFlight: options.inFlight }
  const sizes = await attempt(context, [target], () =>
    withServer(target, fleet, async ({ measure }) => {
      const found: { messages: number; rssBytes: number }[] = []
      let sent = 0
      for (const messages of options.memoryMessages) {
        const more = messages - sent
        const { rssBytes, lostReadings } = await measure((load) => load.saturate(more, maxSeconds))
        sent = messages
        found.push({ messages, rssBytes })
        context.record({ scenario: 'memory', target: target.key, messages, rssBytes, lostReadings })
      }
      return found
    }),
  )
  if (sizes === undefined) return
  print(
    table([
      ['messages', 'RSS MB'],
      ...sizes.map(({ messages, rssBytes }) => [whole(messages), megabytes(rssBytes)]),
    ]),
  )
  const [first, last] = [sizes[0], sizes.at(-1)]
  if (first !== undefined && last !== undefined) {
    print(`RSS last/first = ${(last.rssBytes / first.rssBytes).toFixed(2)}`)
  }
}
