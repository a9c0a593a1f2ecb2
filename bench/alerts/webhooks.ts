import { connectAsync } from 'mqtt'
import { z } from 'zod'
import { startReceivers } from '../../sim/receivers/server.ts'
import { startPlatform } from '../ingest/targets/platform.ts'
import type { Create } from '../ingest/targets/platform-api.ts'
import { deviceIds } from '../ingest/targets/target.ts'

export interface Reach {
  readonly messages: number
  /** From publishing the reading that fires to the webhook's arrival, milliseconds. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly webhooks: number
  readonly missing: number
}

export interface ReachOptions {
  readonly devices: number
  readonly messagesPerSecond: number
  readonly seconds: number
  /** What else there is to watch. */
  readonly addRules: (create: Create) => Promise<void>
}

/** Each device fires once in so many of its messages, and ends with the next. */
const messagesPerFiring = 20
const port = 4
const warmUpShare = 0.2
const patienceMs = 10_000
const firingSchema = z.object({
  type: z.string(),
  data: z.object({ alert: z.object({ deviceId: z.string(), firedAt: z.iso.datetime() }) }),
})

/** How long it takes from a publish until somebody else's server has been told, at the rate of a fleet. */
export async function measureReach({
  addRules,
  devices,
  messagesPerSecond,
  seconds,
}: ReachOptions): Promise<Reach> {
  const ids = deviceIds(devices)
  const sentMs = new Map<string, number>()
  const tookMs: number[] = []
  const secret = `whsec_${btoa('of the bench, and nobody else')}`
  await using receivers = await startReceivers({
    port: 0,
    secret,
    onReceived({ refusal, text }) {
      const nowMs = performance.now()
      if (refusal !== undefined) throw new Error(refusal)
      const { data, type } = firingSchema.parse(JSON.parse(text))
      if (type !== 'alert.firing') return
      const key = `${data.alert.deviceId} ${Date.parse(data.alert.firedAt)}`
      const begunMs = sentMs.get(key)
      if (begunMs === undefined || !sentMs.delete(key)) return
      tookMs.push(nowMs - begunMs)
    },
  })
  const server = await startPlatform({ devices, portPairs: 4 }, {}, async (create) => {
    await addRules(create)
    const config = { url: receivers.url, secret, allowPrivateAddress: true }
    await create('/api/v1/channels', { key: 'bench', kind: 'webhook', config })
    const condition = { kind: 'above', port, value: 1000 }
    const rule = { name: 'told', severity: 'critical', scope: {}, condition, channels: ['bench'] }
    await create('/api/v1/alert-rules', rule)
  })
  try {
    const clients = await Promise.all(
      server.devices.map(async ({ password, topic, username }, index) => {
        const url = `mqtt://127.0.0.1:${server.mqttPort}`
        const clientId = ids[index] ?? username
        return {
          client: await connectAsync(url, { clientId, username, password, protocolVersion: 4 }),
          topic,
        }
      }),
    )
    const total = messagesPerSecond * seconds
    const warmUp = total * warmUpShare
    const beganMs = performance.now()
    for (let sent = 0; sent < total; sent += 1) {
      const aheadMs = beganMs + (sent * 1000) / messagesPerSecond - performance.now()
      if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs))
      const index = sent % devices
      const one = clients[index]
      if (one === undefined) throw new Error('there is a client for each device')
      // Not all at once: each device has a turn of its own.
      const isFiring = (Math.floor(sent / devices) + index) % messagesPerFiring === 0
      const ts = Date.now()
      if (isFiring && sent > warmUp) sentMs.set(`${ids[index]} ${ts}`, performance.now())
      const readings = [1, 2, 3, port].map((each) => ({
        port: each,
        value: each === port && isFiring ? 5000 : 1,
        ts,
      }))
      one.client.publish(one.topic, JSON.stringify({ readings }), { qos: 1 })
    }
    const untilMs = performance.now() + patienceMs
    while (sentMs.size > 0 && performance.now() < untilMs)
      await new Promise((resolve) => setTimeout(resolve, 50))
    await Promise.all(clients.map(({ client }) => client.endAsync(true)))
    return { messages: total, webhooks: tookMs.length, missing: sentMs.size, ...quantilesOf(tookMs) }
  } finally {
    await server.stop()
  }
}

function quantilesOf(values: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
