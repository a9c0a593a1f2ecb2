import { once } from 'node:events'
import { createServer } from 'node:net'
import { Aedes, type AedesPublishPacket, type Client } from 'aedes'
import { z } from 'zod'

const bodySchema = z.record(z.string(), z.unknown())

interface Arrival {
  readonly topic: string
  readonly body: Record<string, unknown>
  readonly qos: number
}

/** A real broker in the process, which remembers what arrived and lets a test wait for more. */
export async function startBroker() {
  const broker = await Aedes.createBroker()
  const refusedOnce = new Set<string>()
  broker.authenticate = (_client, username, password, done) => {
    done(null, password?.toString() === `pw-${username}` && !refusedOnce.delete(String(username)))
  }
  const arrivals: Arrival[] = []
  const clients = new Set<Client>()
  broker.on('clientReady', (client) => clients.add(client))
  const waiting = new Set<() => void>()
  broker.on('publish', ({ topic, payload, qos }: AedesPublishPacket, client: Client | null) => {
    // A last will comes from the broker itself, as does its $SYS chatter.
    if (client === null && topic.startsWith('$SYS')) return
    arrivals.push({ topic, body: bodySchema.parse(JSON.parse(payload.toString())), qos })
    for (const look of waiting) look()
  })
  const server = createServer(broker.handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')

  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    clients,
    arrivals,
    refusedOnce,
    arrived: (matches: (arrival: Arrival) => boolean): Promise<Arrival> =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = arrivals.find(matches)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    send: (topic: string, body: unknown): Promise<void> =>
      new Promise((resolve, reject) => {
        const payload = Buffer.from(JSON.stringify(body))
        broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        )
      }),
    async close() {
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      server.close()
    },
  }
}
