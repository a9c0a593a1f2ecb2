/** What alert rules cost: ingestion with and without them, and memory. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Measured, withServer } from '../ingest/measure.ts'
import { median, millis, ratio, table, whole } from '../ingest/report.ts'
import { startPlatform } from '../ingest/targets/platform.ts'
import type { Create } from '../ingest/targets/platform-api.ts'
import { deviceIds, type RunningTarget } from '../ingest/targets/target.ts'
import { measureReach } from './webhooks.ts'

export const about =
  'what alert rules cost ingestion, how much memory they take, and how soon a webhook is called'
export const usage = `npm run bench -- alerts [options]
  --devices N         each watched by three rules (default 334)
  --messages N        of one run (default 400000)
  --rounds N          alternating, of which the median counts (default 3)
  --rules N           in memory (default 100000)
  --seconds N         of publishing as 10,000 pods do, 333 messages a second, until webhooks are called (default 60)
  --quick             everything small: to see that it works, not to measure
  --json FILE         all figures`

const inFlight = 20
const portPairs = 4
const maxSeconds = 300
const rulesEach = 3
const goalMegabytes = 150
/** Of 10,000 pods. */
const messagesPerSecond = 333
const goalReachMs = 200

export async function run(args: readonly string[]): Promise<void> {
  const { devices, json, messages, rounds, rules, seconds } = parse(args)
  const places = [
    { name: 'without rules', prepare: undefined },
    { name: `${devices * rulesEach} rules`, prepare: (create: Create) => addRules(create, devices) },
  ] as const
  const measured = new Map<string, Measured[]>()
  for (let round = 1; round <= rounds; round += 1)
    for (const { name, prepare } of places)
      measured.set(name, [...(measured.get(name) ?? []), await loadOnce(devices, messages, prepare)])
  const rate = (name: string): number => median((measured.get(name) ?? []).map((one) => one.storedPerSecond))
  const cpu = (name: string): number =>
    median((measured.get(name) ?? []).map((one) => one.cpuMicrosPerMessage))
  const rows = places.map(({ name }) => [name, whole(rate(name)), cpu(name).toFixed(1)])
  console.log(table([['', 'messages/s', 'CPU µs/message'], ...rows]))
  const [without, withRules] = [places[0].name, places[1].name]
  console.log(ratio('throughput with rules / without', rate(withRules) / rate(without), '≥ 0.85'))
  // Of a machine that others use too, the CPU time says more than the clock.
  console.log(ratio('the same by CPU time a message', cpu(without) / cpu(withRules), '≥ 0.85'))
  const megabytes = memoryOf(rules) / 1e6
  console.log(`${rules} rules in memory: ${megabytes.toFixed(1)} MB (goal: < ${goalMegabytes} MB)`)
  const reach = await measureReach({
    devices,
    messagesPerSecond,
    seconds,
    addRules: (create) => addRules(create, devices),
  })
  console.log(
    `publish to webhook at ${messagesPerSecond} messages/s, ${devices * rulesEach} rules: p50 ${millis(reach.p50Ms)} ms, p99 ${millis(reach.p99Ms)} ms ` +
      `(goal: < ${goalReachMs} ms), ${reach.webhooks} webhooks, ${reach.missing} missing`,
  )
  if (json === undefined) return
  const report = {
    bench: 'alerts',
    at: new Date().toISOString(),
    measured: Object.fromEntries(measured),
    rules,
    megabytes,
    reach,
  }
  writeFileSync(json, JSON.stringify(report, null, 2))
}

function parse(args: readonly string[]): {
  readonly devices: number
  readonly messages: number
  readonly rounds: number
  readonly rules: number
  readonly seconds: number
  readonly json: string | undefined
} {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string' },
      messages: { type: 'string' },
      rounds: { type: 'string' },
      rules: { type: 'string', default: '100000' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const { json, quick } = values
  return {
    devices: Number(values.devices ?? (quick ? 20 : 334)),
    messages: Number(values.messages ?? (quick ? 40_000 : 400_000)),
    rounds: Number(values.rounds ?? (quick ? 1 : 3)),
    rules: Number(values.rules),
    seconds: Number(values.seconds ?? (quick ? 5 : 60)),
    json,
  }
}

/** Three for each device, of different kinds, which its readings keep busy and do not fire. */
async function addRules(create: Create, devices: number): Promise<void> {
  const far = 1e12
  const conditions = [
    { kind: 'above', port: 1, value: far, clearAt: 0 },
    { kind: 'rate', port: 2, perMinute: far, direction: 'either' },
    { kind: 'outside', port: 3, low: -far, high: far },
  ]
  for (const deviceId of deviceIds(devices))
    for (const condition of conditions)
      await create('/api/v1/alert-rules', { name: 'bench', severity: 'info', scope: { deviceId }, condition })
}

function loadOnce(
  devices: number,
  messages: number,
  prepare: ((create: Create) => Promise<void>) | undefined,
): Promise<Measured> {
  const target = {
    start: (fleet: { devices: number; portPairs: number }): Promise<RunningTarget> =>
      startPlatform(fleet, {}, prepare),
  }
  return withServer(target, { devices, portPairs, inFlight }, async ({ measure }) => {
    await measure((load) => load.saturate(Math.ceil(messages / 10), maxSeconds))
    return measure((load) => load.saturate(messages, maxSeconds))
  })
}

function memoryOf(rules: number): number {
  const script = fileURLToPath(new URL('memory.ts', import.meta.url))
  const { status, stderr, stdout } = spawnSync(execPath, ['--expose-gc', script, String(rules)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr.slice(-2000))
  return Number(stdout)
}
