import { readdirSync, statSync } from 'node:fs'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { NodeCounters } from '../../nodes/platform/kit/status.ts'
import type { PlatformMetrics, SecondsHistogram } from '../../nodes/platform/metrics.ts'

const boundsSeconds: readonly number[] = [
  0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.018, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5,
  0.7, 1, 2, 5,
]

/** Each sample of the event loop's lag wakes the process: at the usual 10 ms that is most of what idling costs. */
const lagSampleMs = 40

/** One by one, among other work, they cost many times as much. */
const observedAtOnce = 64

/** To tell them takes a list of all connections, and they were most of what a scrape cost a process with thousands. */
const costly = ['handles', 'requests', 'resources'].flatMap((of) => [
  `nodejs_active_${of}`,
  `nodejs_active_${of}_total`,
])

export function createMetrics(): PlatformMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagSampleMs })
  for (const name of costly) registry.removeSingleMetric(name)
  countOpenFiles(registry)
  const nodes = new Set<NodeCounters>()
  registerNodeCounters(registry, nodes)
  const histogram = (name: string, help: string): SecondsHistogram => {
    const waiting: number[] = []
    const collect = (): void => {
      for (const seconds of waiting.splice(0)) observed.observe(seconds)
    }
    const observed = new Histogram({
      name,
      help,
      buckets: [...boundsSeconds],
      registers: [registry],
      collect,
    })
    return {
      observe(seconds) {
        if (waiting.push(seconds) === observedAtOnce) collect()
      },
    }
  }
  const show: PlatformMetrics['gauge'] = (name, help, read) => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        gauge.set(await inTime(read))
      },
    })
  }
  const count: PlatformMetrics['gauge'] = (name, help, read) => {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = await inTime(read)
        // What cannot be told now stays as it was: a counter that falls has begun anew.
        if (Number.isNaN(value)) return
        counter.reset()
        counter.inc(value)
      },
    })
  }
  return {
    readingAge: histogram(
      'fleetloom_reading_age_seconds',
      'Age of readings when they can be read from the store, of every 25th',
    ),
    appendDuration: histogram('fleetloom_append_seconds', 'Appending a batch durably to the uplink stream'),
    registerNode(counted) {
      nodes.add(counted)
      return () => nodes.delete(counted)
    },
    gauge: show,
    figure: ({ help, kind, name, read }) => (kind === 'counter' ? count : show)(name, help, read),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

const readWithinMs = 1000

/** An engine that is away holds up no scrape: its figure is none then. */
async function inTime(read: () => number | Promise<number>): Promise<number> {
  const { promise: late, resolve } = Promise.withResolvers<number>()
  const timer = setTimeout(resolve, readWithinMs, Number.NaN)
  try {
    return await Promise.race([late, read()])
  } catch {
    return Number.NaN
  } finally {
    clearTimeout(timer)
  }
}

const openFiles = 'process_open_fds'

/** The usual figure, where there is one; Linux tells the number since 6.2, in place of a name for each. */
function countOpenFiles(registry: Registry): void {
  if (registry.getSingleMetric(openFiles) === undefined) return
  registry.removeSingleMetric(openFiles)
  const directory = '/proc/self/fd'
  const gauge: Gauge = new Gauge({
    name: openFiles,
    help: 'Number of open file descriptors.',
    registers: [registry],
    collect: () => gauge.set(statSync(directory).size || readdirSync(directory).length),
  })
}

function registerNodeCounters(registry: Registry, nodes: ReadonlySet<NodeCounters>): void {
  for (const field of ['received', 'sent', 'failed'] as const) {
    const gauge: Gauge<'type' | 'node'> = new Gauge({
      name: `fleetloom_node_items_${field}`,
      help: `Items ${field} by each node since the flow started`,
      labelNames: ['type', 'node'],
      registers: [registry],
      collect() {
        gauge.reset()
        for (const counted of nodes) gauge.inc({ type: counted.type, node: counted.name }, counted[field])
      },
    })
  }
}
