/**
 * The yardstick: ingestion as a good engineer would write it by hand, without Node-RED, with the platform's promises: durable
 * before acknowledged, validated, deduplicated, calibrated, stored by device and time, bounded, and nothing lost by a restart.
 */
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { env, exit } from 'node:process'
import { z } from 'zod'
import { ageBoundsMs } from '../age-histogram.ts'
import { createBroker } from './broker.ts'
import { Ingest } from './ingest.ts'
import { loadRegistry } from './registry.ts'
import { ReadingStore } from './store.ts'
import { UplinkLog } from './uplink-log.ts'

const settings = z
  .object({
    REGISTRY: z.string(),
    DATA_DIR: z.string(),
    MQTT_PORT: z.coerce.number().default(0),
    HTTP_PORT: z.coerce.number().default(0),
    TAIL_ROWS: z.coerce.number().default(262_144),
    WAITING_TAILS: z.coerce.number().default(3),
  })
  .parse(env)

const log = new UplinkLog(join(settings.DATA_DIR, 'uplink.sqlite'))
const registry = loadRegistry(settings.REGISTRY, log.db)
const store = new ReadingStore(registry, log, {
  runsPath: join(settings.DATA_DIR, 'readings.sqlite'),
  tailRows: settings.TAIL_ROWS,
  waitingTails: settings.WAITING_TAILS,
})
await store.rebuild()
const broker = await createBroker(registry, new Ingest(log, store))

const mqtt = createTcpServer({ noDelay: true }, (socket) => broker.handle(socket))
const http = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const text = (name: string): string => url.searchParams.get(name) ?? ''
  response.setHeader('content-type', 'application/json')
  if (url.pathname === '/stats') return response.end(JSON.stringify(stats()))
  if (url.pathname === '/readings') {
    const to = text('to') === '' ? Number.POSITIVE_INFINITY : Number(text('to'))
    return response.end(
      JSON.stringify(store.range(text('device'), Number(text('port')), Number(text('from')), to)),
    )
  }
  if (url.pathname === '/latest') {
    return response.end(JSON.stringify(store.latest(text('device'), Number(text('port'))) ?? null))
  }
  response.statusCode = 404
  return response.end('{}')
})

function stats(): object {
  const cpu = process.cpuUsage()
  return {
    storedReadings: store.storedReadings,
    storedMessages: store.storedMessages,
    ageBuckets: { le: ageBoundsMs, count: [...store.ages.counts] },
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  }
}

function listen(server: ReturnType<typeof createTcpServer>, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', reject)
  // A backlog for devices that all come back at once.
  server.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) resolve(address.port)
  })
  return promise
}

const mqttPort = await listen(mqtt, settings.MQTT_PORT)
const httpPort = await listen(http, settings.HTTP_PORT)
console.log(JSON.stringify({ ready: true, mqttPort, httpPort }))

/** What is not yet in a run is in the log, so there is nothing to write. */
async function stop(): Promise<void> {
  mqtt.close()
  http.close()
  http.closeAllConnections()
  const closed = Promise.withResolvers<void>()
  broker.close(closed.resolve)
  await closed.promise
  await store.close()
  log.db.close()
  exit(0)
}
process.once('SIGTERM', () => void stop())
