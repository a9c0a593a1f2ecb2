import { ageQuantileMs } from './age-histogram.ts'
import { LoadClient } from './load/client.ts'
import type { LoadResult } from './load/protocol.ts'
import type { Fleet, RunningTarget, Stats, Target } from './targets/target.ts'

const pollMs = 20
/** Asking costs the server something: of a long run a coarser end is exact enough. */
const pollShare = 0.01
const stallSeconds = 30

/** What one load did to one server, from its first publish until the last reading was stored. */
export interface Measured {
  readonly messages: number
  readonly storedPerSecond: number
  readonly ackedPerSecond: number
  readonly ackP50Ms: number
  readonly ackP99Ms: number
  readonly ageP50Ms: number
  readonly ageP99Ms: number
  readonly rssBytes: number
  readonly cpuMicrosPerMessage: number
  /** Acknowledged readings that never showed up in the store. */
  readonly lostReadings: number
  readonly load: LoadResult
}

export interface Bed {
  readonly server: RunningTarget
  readonly load: LoadClient
  readonly measure: (run: (load: LoadClient) => Promise<LoadResult>) => Promise<Measured>
}

/** Starts a server with its fleet connected, lets `use` load it, and clears everything away whatever happens. */
export async function withServer<Result>(
  target: Pick<Target, 'start'>,
  fleet: Fleet & { inFlight: number },
  use: (bed: Bed) => Promise<Result>,
): Promise<Result> {
  const server = await target.start(fleet)
  try {
    const load = await LoadClient.start()
    try {
      await load.connect(server.mqttPort, server.devices, fleet)
      return await use({ server, load, measure: (run) => measure(server, () => run(load)) })
    } finally {
      await load.stop()
    }
  } finally {
    await server.stop()
  }
}

async function measure(server: RunningTarget, run: () => Promise<LoadResult>): Promise<Measured> {
  const before = await server.stats()
  const load = await run()
  const wanted = before.storedReadings + load.acknowledged * 2
  const { stats: after, atMs } = await waitForStored(server, wanted)
  const messages = load.acknowledged
  const ages = after.ages.map((count, bucket) => count - (before.ages[bucket] ?? 0))
  return {
    messages,
    storedPerSecond: (messages / (atMs - load.startedAtMs)) * 1000,
    ackedPerSecond: messages / load.seconds,
    ackP50Ms: load.ackP50Ms,
    ackP99Ms: load.ackP99Ms,
    ageP50Ms: ageQuantileMs(ages, 0.5),
    ageP99Ms: ageQuantileMs(ages, 0.99),
    rssBytes: after.rssBytes,
    cpuMicrosPerMessage: ((after.cpuSeconds - before.cpuSeconds) / messages) * 1e6,
    lostReadings: Math.max(0, wanted - after.storedReadings),
    load,
  }
}

/** Gives up when nothing more is stored for a while: then the rest is lost, and that is a figure too. */
async function waitForStored(server: RunningTarget, wanted: number): Promise<{ stats: Stats; atMs: number }> {
  const startedAtMs = Date.now()
  let progressAtMs = startedAtMs
  let best = -1
  for (;;) {
    const stats = await server.stats()
    const atMs = Date.now()
    if (stats.storedReadings > best) {
      best = stats.storedReadings
      progressAtMs = atMs
    }
    if (stats.storedReadings >= wanted || atMs - progressAtMs > stallSeconds * 1000) {
      return { stats, atMs: progressAtMs }
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    setTimeout(resolve, Math.max(pollMs, (atMs - startedAtMs) * pollShare))
    await promise
  }
}
