import { parseArgs } from 'node:util'
import type { TargetKey } from './targets/target.ts'

export type ScenarioName = 'saturate' | 'devices' | 'memory' | 'paced'

export interface Options {
  readonly json: string | undefined
  readonly only: readonly TargetKey[]
  readonly scenarios: readonly ScenarioName[]
  readonly rounds: number
  /** Messages of one saturating run, of a and b and of the slower stock flow. */
  readonly messages: number
  readonly stockMessages: number
  readonly portPairs: number
  readonly connections: number
  readonly inFlight: number
  readonly deviceCounts: readonly number[]
  readonly memoryMessages: readonly number[]
  readonly paced: {
    readonly devices: number
    readonly ratePerSecond: number
    readonly seconds: number
    /** All targets at the same time, on one core. */
    readonly isTogether: boolean
  }
}

export const usage = `npm run bench -- ingest [options]
  --only a,b,c        a platform, b hand-written server, c stock Node-RED flow, ack the load generator's own limit
  --scenario a,b      of saturate, devices, memory, paced (default: all)
  --messages N        of one saturating run (default 1000000; c takes a fifth)
  --rounds N          alternating rounds of all but memory, of which the median counts (default 3)
  --connections N --in-flight K   of saturate (default 50 × 20)
  --port-pairs N      1 to 4 pairs of ports a device takes in turns (default 4), see load/unique-clock.ts
  --seconds N         of a round of paced (default 20)
  --rate N            messages a second of paced (default 333); 1 shows what idling costs
  --together          the targets of paced at the same time, on one core, in place of in turns
  --quick             everything small: to see that it works, not to measure
  --json FILE         all figures`

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      only: { type: 'string', default: 'a,b,c' },
      scenario: { type: 'string', default: 'saturate,devices,memory,paced' },
      messages: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string', default: '50' },
      'in-flight': { type: 'string', default: '20' },
      'port-pairs': { type: 'string', default: '4' },
      seconds: { type: 'string' },
      rate: { type: 'string' },
      together: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  })
  const { quick, together } = values
  const messages = positive(values.messages, quick ? 60_000 : 1_000_000)
  const portPairs = positive(values['port-pairs'], 4)
  if (portPairs > 4) throw new Error('--port-pairs goes up to 4: port numbers have one digit')
  return {
    json: values.json,
    only: values.only.split(',').map(asTarget),
    scenarios: values.scenario.split(',').map(asScenario),
    rounds: positive(values.rounds, quick ? 1 : 3),
    messages,
    stockMessages: Math.ceil(messages / 5),
    portPairs,
    connections: positive(values.connections, 50),
    inFlight: positive(values['in-flight'], 20),
    deviceCounts: quick ? [100, 1000] : [100, 1000, 10_000],
    memoryMessages: quick ? [20_000, 100_000] : [500_000, 5_000_000],
    paced: {
      devices: quick ? 1000 : 10_000,
      ratePerSecond: positive(values.rate, 333),
      seconds: positive(values.seconds, quick ? 5 : 20),
      isTogether: together,
    },
  }
}

function positive(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${text} is not a positive whole number\n${usage}`)
  return value
}

function asTarget(text: string): TargetKey {
  if (text === 'a' || text === 'b' || text === 'c' || text === 'ack') return text
  throw new Error(`there is no target ${text}\n${usage}`)
}

function asScenario(text: string): ScenarioName {
  if (text === 'saturate' || text === 'devices' || text === 'memory' || text === 'paced') return text
  throw new Error(`there is no scenario ${text}\n${usage}`)
}
