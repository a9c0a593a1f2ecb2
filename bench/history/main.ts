/** What a year of history costs at the API: charts, statistics, rules that are tried, exports. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { fillSeries } from '../../test/harness/fill-series.ts'
import { startPlatform } from '../../test/harness/platform.ts'
import { createOrganization, registerDevice } from '../../test/harness/resources.ts'
import { megabytes, millis, table, whole } from '../ingest/report.ts'
import { parseOptions } from './options.ts'
import { dayMs, purifierReadings } from './readings.ts'
import { ask, exportAll, questionsOf, waitMeanwhile } from './requests.ts'
import type { Exported, Timed } from './requests.ts'
import { tryRules } from './try-rules.ts'

export { usage } from './options.ts'
export const about =
  'charts, statistics, rules that are tried and exports over a year of one device, at the API'

const goalMs = 50
const goalRatio = 3
const goalTriedMs = 2000
const deviceId = 'purifier-1'

export async function run(args: readonly string[]): Promise<void> {
  const options = parseOptions(args)
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
  console.log(`history on ${machine.cores} × ${machine.cpu}, Node ${machine.node}`)
  build()
  const endMs = Math.floor(Date.now() / dayMs) * dayMs
  const platform = await startPlatform()
  try {
    const api = await createOrganization(platform.api, 'bench')
    const ports = Array.from({ length: options.ports }, (_, i) => ({ port: i + 1, name: `port ${i + 1}` }))
    await registerDevice(api, deviceId, { ports })
    await platform.kill('SIGTERM')
    const device = { orgId: api.organization ?? '', deviceId }
    const startedMs = performance.now()
    await fillSeries(platform.dataDir, purifierReadings(device, options, endMs))
    console.log(`filled and merged in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
    await platform.start()

    const place = { deviceId, ports: options.ports, days: options.days, endMs }
    const timed: Timed[] = []
    for (const question of questionsOf(place)) timed.push(await ask(api, question, options.rounds))
    timed.push(...(await tryRules(api, place)))
    const exported: Exported[] = []
    for (const format of ['csv', 'ndjson']) exported.push(await exportAll(api, place, format))
    const statistics = questionsOf(place).find(({ name }) => name === 'year statistics')
    const statisticsWaitMs =
      statistics === undefined ? 0 : await waitMeanwhile(api, () => ask(api, statistics, 5))
    const exportWaitMs = await waitMeanwhile(api, () => exportAll(api, place, 'csv'))
    print(timed, exported, { statisticsWaitMs, exportWaitMs })
    if (options.json === undefined) return
    const report = { bench: 'history', at: new Date().toISOString(), machine, options, timed, exported }
    writeFileSync(options.json, JSON.stringify({ ...report, statisticsWaitMs, exportWaitMs }, null, 2))
    console.log(`\nwritten to ${options.json}`)
  } finally {
    await platform.dispose()
  }
}

function build(): void {
  const cwd = fileURLToPath(new URL('../../', import.meta.url))
  const built = spawnSync(execPath, ['scripts/build.ts'], { cwd, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`scripts/build.ts failed:\n${built.stderr.slice(-2000)}`)
}

function print(
  timed: readonly Timed[],
  exported: readonly Exported[],
  waits: { readonly statisticsWaitMs: number; readonly exportWaitMs: number },
): void {
  console.log()
  console.log(
    table([
      ['request', 'items', 'p50 ms', 'p99 ms', 'max ms'],
      ...timed.map((one) => [
        one.name,
        whole(one.items),
        millis(one.p50Ms),
        millis(one.p99Ms),
        millis(one.maxMs),
      ]),
    ]),
  )
  console.log()
  console.log(
    table([
      ['export', 'readings', 'MB', 'seconds', 'readings/s'],
      ...exported.map(({ format, readings, bytes, seconds }) => [
        format,
        whole(readings),
        megabytes(bytes),
        seconds.toFixed(1),
        whole(readings / seconds),
      ]),
    ]),
  )
  const p50 = (name: string): number => timed.find((one) => one.name.startsWith(name))?.p50Ms ?? Number.NaN
  const p99 = (name: string): number => timed.find((one) => one.name.startsWith(name))?.p99Ms ?? Number.NaN
  const ratio = p50('year chart') / p50('day chart')
  console.log()
  console.log(
    `year chart / day chart = ${ratio.toFixed(2)}  (goal ≤ ${goalRatio}: ${verdict(ratio <= goalRatio)})`,
  )
  for (const name of ['day chart', 'year chart'])
    console.log(
      `${name} p99 = ${millis(p99(name))} ms  (goal < ${goalMs} ms: ${verdict(p99(name) < goalMs)})`,
    )
  const triedMs = Math.max(...timed.filter(({ name }) => name.includes('tried')).map((one) => one.p50Ms))
  console.log(
    `rules tried on all of it: ${millis(triedMs)} ms at most  (goal < ${goalTriedMs} ms: ${verdict(triedMs < goalTriedMs)})`,
  )
  console.log(
    `others wait at most ${millis(waits.statisticsWaitMs)} ms during a year's statistics, ` +
      `${millis(waits.exportWaitMs)} ms during an export`,
  )
}

const verdict = (holds: boolean): string => (holds ? 'holds' : 'MISSED')
