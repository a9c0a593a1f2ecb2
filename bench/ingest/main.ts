/** What ingestion costs: the platform beside a hand-written server and a flow of Node-RED's own nodes. */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseOptions } from './options.ts'
import type { ScenarioName } from './options.ts'
import { devices } from './scenarios/devices.ts'
import { memory } from './scenarios/memory.ts'
import { paced } from './scenarios/paced.ts'
import { saturate } from './scenarios/saturate.ts'
import type { Context, Figure } from './scenarios/scenario.ts'
import { canPin } from './targets/child.ts'
import { ackOnly, handWritten, stock } from './targets/own-server.ts'
import { platform } from './targets/platform.ts'

export { usage } from './options.ts'
export const about = 'messages a second to stored, latency, memory: platform, hand-written server, stock flow'

const scenarios: Record<ScenarioName, (context: Context) => Promise<void>> = {
  saturate,
  devices,
  memory,
  paced,
}
const allTargets = [platform, handWritten, stock, ackOnly]

export async function run(args: readonly string[]): Promise<void> {
  const options = parseOptions(args)
  const results: Figure[] = []
  const context: Context = {
    options,
    targets: allTargets.filter(({ key }) => options.only.includes(key)),
    record: (figure) => results.push(figure),
    print: (text) => console.log(text),
  }
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
  console.log(
    `ingest on ${machine.cores} × ${machine.cpu}, Node ${machine.node}; ` +
      (canPin
        ? 'server and generator pinned to a core each'
        : 'not pinned: taskset or a second core is missing'),
  )
  for (const name of options.scenarios) await scenarios[name](context)
  if (options.json === undefined) return
  const report = { bench: 'ingest', at: new Date().toISOString(), machine, pinned: canPin, options, results }
  writeFileSync(options.json, JSON.stringify(report, null, 2))
  console.log(`\nwritten to ${options.json}`)
}
