/** Stock Node-RED with an MQTT broker beside it in the same process, which spares it the second process's share of a core. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { createServer as createTcpServer } from 'node:net'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { env, exit } from 'node:process'
import { Aedes } from 'aedes'
import express from 'express'
import { z } from 'zod'
import { ageBoundsMs } from '../age-histogram.ts'
import { stockFlow } from './flow.ts'
import { StockStore } from './store.ts'

/** What is used of Node-RED; its published types know neither `telemetry` nor a partial configuration. */
interface EmbeddedNodeRed {
  init(server: Server, settings: Record<string, unknown>): void
  start(): Promise<void>
  stop(): Promise<void>
}

const startSeconds = 30

const settings = z.object({ REGISTRY: z.string(), DATA_DIR: z.string() }).parse(env)
const registryFile = z
  .object({
    devices: z.array(
      z.object({
        id: z.string(),
        ports: z.array(z.object({ port: z.number(), scaling: z.number(), offset: z.number() })),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(settings.REGISTRY, 'utf8')))
/** By device id and port: plain objects, because that is what a function node's author reaches for. */
const registry = Object.fromEntries(
  registryFile.devices.map(({ id, ports }) => [
    id,
    Object.fromEntries(ports.map((port) => [port.port, port])),
  ]),
)

const store = new StockStore(join(settings.DATA_DIR, 'readings.sqlite'))
const broker = await Aedes.createBroker()
const mqttPort = await listen(createTcpServer({ noDelay: true }, (socket) => broker.handle(socket)))

writeFileSync(join(settings.DATA_DIR, 'package.json'), '{"name":"stock","private":true}')
writeFileSync(join(settings.DATA_DIR, 'flows.json'), JSON.stringify(stockFlow(mqttPort)))

const app = express()
const http = createServer(app)
const RED: EmbeddedNodeRed = createRequire(import.meta.url)('node-red')
RED.init(http, {
  userDir: settings.DATA_DIR,
  flowFile: 'flows.json',
  httpAdminRoot: false,
  httpNodeRoot: '/red',
  lang: 'en-US',
  telemetry: { enabled: false },
  functionGlobalContext: { registry, store },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
})
app.get('/stats', (_request, response) => {
  const cpu = process.cpuUsage()
  response.json({
    storedReadings: store.storedReadings,
    storedMessages: store.storedReadings / 2,
    ageBuckets: { le: ageBoundsMs, count: [...store.ages.counts] },
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  })
})
const httpPort = await listen(http)

// Ready when Node-RED's own client has subscribed; what devices publish before would go nowhere.
const subscribed = Promise.withResolvers<void>()
broker.on('subscribe', () => subscribed.resolve())
const timeout = setTimeout(
  () => subscribed.reject(new Error(`the flow did not subscribe within ${startSeconds} s`)),
  startSeconds * 1000,
)
await RED.start()
await subscribed.promise
clearTimeout(timeout)
console.log(JSON.stringify({ ready: true, mqttPort, httpPort }))

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, resolve)
  await promise
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function stop(): Promise<void> {
  await RED.stop()
  store.close()
  exit(0)
}
process.once('SIGTERM', () => void stop())
