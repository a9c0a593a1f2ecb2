/** What ingestion costs on engines of one's own, beside the embedded ones. */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Measured, withServer } from '../ingest/measure.ts'
import { figureHeads, figures, rateOf, ratio, type Rounds, table } from '../ingest/report.ts'
import type { Fleet, RunningTarget } from '../ingest/targets/target.ts'
import { startTogether } from './start-together.ts'
import { type Setup, setups } from './setups.ts'

export const about =
  'messages a second to stored on Redis and a MongoDB-protocol server, beside the embedded engines'

export const usage = `npm run bench -- engines [options]
  --only a,b          of ${setups.map(({ key }) => key).join(', ')}
  --messages N        of one run (default 200000; the MongoDB-protocol server takes a tenth)
  --rounds N          of which the median counts (default 3)
  --quick             a tenth of the messages, one round: to see that it works
  --json FILE         all figures`

const fleet = { devices: 50, portPairs: 4, inFlight: 20 }
const maxSeconds = 300

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: setups.map(({ key }) => key).join(',') },
      messages: { type: 'string', default: '200000' },
      rounds: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const [messages, rounds] = [Number(values.messages), Number(values.rounds)]
  const wanted = values.only.split(',')
  if (!(messages > 0) || !(rounds > 0) || wanted.some((key) => !setups.some((setup) => setup.key === key)))
    throw new Error(usage)
  console.log(
    `engines on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}; the engines run on the same cores`,
  )
  const measured = new Map<Setup, Measured[]>()
  for (let round = 1; round <= (values.quick ? 1 : rounds); round += 1) {
    for (const setup of setups.filter(({ key }) => wanted.includes(key))) {
      if (setup.missing !== undefined) {
        if (round === 1) console.log(`! ${setup.name}: not measured, this machine has no ${setup.missing}`)
        continue
      }
      const share = (values.quick ? 0.1 : 1) * setup.share
      const one = await measureOnce(setup, Math.ceil(messages * share))
      measured.set(setup, [...(measured.get(setup) ?? []), one])
    }
  }
  print(measured)
  if (values.json === undefined) return
  const results = [...measured].flatMap(([{ key }, all]) => all.map((one) => ({ setup: key, ...one })))
  writeFileSync(
    values.json,
    JSON.stringify({ bench: 'engines', at: new Date().toISOString(), results }, null, 2),
  )
}

async function measureOnce(setup: Setup, messages: number): Promise<Measured> {
  const engines = await setup.start()
  try {
    const start = (of: Fleet): Promise<RunningTarget> =>
      startTogether(of, engines.environment, setup.processors)
    return await withServer({ start }, fleet, async ({ measure }) => {
      await measure((load) => load.saturate(Math.ceil(messages / 10), maxSeconds))
      return measure((load) => load.saturate(messages, maxSeconds))
    })
  } finally {
    await engines.stop()
  }
}

function print(measured: Rounds<Setup>): void {
  const rows = [...measured].map(([{ name }, all]) => [name].concat(figures(all)))
  console.log(table([['', ...figureHeads], ...rows]))
  const embedded = rateOf(measured, 'embedded')
  for (const { key, name } of measured.keys()) {
    if (key !== 'embedded' && !Number.isNaN(embedded))
      console.log(`${name} / embedded = ${(rateOf(measured, key) / embedded).toFixed(3)}`)
  }
  console.log(
    ratio('two processes / one', rateOf(measured, 'process-2') / rateOf(measured, 'process-1'), '≥ 1'),
  )
}
