import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectDevice, publishAndWait, publishBytes } from './harness/acked-client.ts'
import { type Fleet, registerFleet, report } from './harness/fleet.ts'
import { type HostilePayload, hostilePayload } from './harness/hostile-payloads.ts'
import { judge, kept } from './harness/oracle.ts'
import { Publisher } from './harness/publisher.ts'
import { seededRandom } from './harness/random.ts'
import {
  deadLettersOf,
  type DeviceAccess,
  readingsOf,
  registerDevice,
  telemetryTopic,
} from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const payloads = 10_000
const intruders = 5
const foreignPublishes = 25
const rssMaxBytes = 600e6

describe('hostile input', () => {
  const running = usePlatform({ environment: { DEAD_LETTER_MB: '1000' } })
  let fleet: Fleet
  let devices: readonly DeviceAccess[]

  it(`of ${payloads} kinds is kept with its reason and bytes, and takes nothing good with it`, async () => {
    const platform = running()
    const random = seededRandom('hostile')
    fleet = await registerFleet(platform.api, 5)
    devices = await registerIntruders(fleet)
    const publisher = await Publisher.connect(platform.mqttPort, fleet.devices, 2)
    publisher.publish()
    const nowMs = Date.now()
    const sent: HostilePayload[] = Array.from({ length: payloads }, (_, index) =>
      hostilePayload(random, nowMs - index),
    )
    await Promise.all(
      devices.map((device, index) =>
        sendAll(
          platform.mqttPort,
          device,
          sent.filter((_, at) => at % intruders === index),
        ),
      ),
    )
    await sendToForeignTopics(platform.mqttPort, devices)
    await publisher.drain()
    const verdict = await judge(fleet.api, publisher)
    publisher.stop()
    report('among hostile input', verdict)
    expect(verdict).toMatchObject(kept)

    const expected = sent.flatMap(({ bytes, reasons }) => reasons.map((reason) => keyOf(reason, bytes)))
    const letters = await until('every dead letter is there', async () => {
      const found = await deadLettersOf(fleet.api)
      return found.length >= expected.length + foreignPublishes ? found : undefined
    })
    const ours = letters.filter(({ reason }) => reason !== 'foreign-topic')
    expect(tally(ours.map((letter) => `${letter.reason} ${letter.payloadBase64}`))).toEqual(tally(expected))
    expect(letters.length - ours.length).toBe(foreignPublishes)

    const good = sent.flatMap((payload) => payload.good ?? [])
    const stored = (await Promise.all(devices.map(({ id }) => readingsOf(fleet.api, id)))).flat()
    const storedKeys = new Set(stored.map(({ rawValue, ts }) => `${ts} ${rawValue}`))
    expect(good.filter(({ ts, value }) => !storedKeys.has(`${ts} ${value}`))).toEqual([])

    const rss = await platform.metric('process_resident_memory_bytes')
    process.stdout.write(`resident memory ${Math.round(rss / 1e6)} MB, ${letters.length} dead letters\n`)
    expect(rss).toBeLessThan(rssMaxBytes)
  })

  it('is read anew after its cause was mended, as of when it was received', async () => {
    const { mqttPort } = running()
    const { api } = fleet
    const device = await registerDevice(api, 'late-port')
    const client = await connectDevice(mqttPort, device)
    const ts = new Date(Date.now() - 60_000).toISOString()
    await publishAndWait(client, device.topic, `{"ts":"${ts}","readings":[{"port":77,"value":21}]}`)
    await publishAndWait(client, device.topic, '{"readings":[{"port":77,"value":22}]}')
    await client.disconnect()
    const letters = await until('both dead letters', async () => {
      const found = await deadLettersOf(api, `&deviceId=${device.id}`)
      return found.length === 2 ? found : undefined
    })
    await api.expect(z.unknown(), 'PATCH', `/api/v1/devices/${device.id}/ports/77`, { body: { scaling: 2 } })
    for (const { id } of letters) await api.expect(z.unknown(), 'POST', `/api/v1/dead-letters/${id}/replay`)
    const readings = await until('both readings', async () => {
      const found = await readingsOf(api, device.id)
      return found.length === 2 ? found : undefined
    })
    const without = letters.find(({ payloadBase64 }) => !Buffer.from(payloadBase64, 'base64').includes('ts'))
    expect(readings).toMatchObject([
      { ts, rawValue: 21, calibratedValue: 42 },
      { ts: without?.receivedAt, rawValue: 22, calibratedValue: 44 },
    ])
    expect((await deadLettersOf(api, '&replayed=true')).map(({ id }) => id).sort()).toEqual(
      letters.map(({ id }) => id).sort(),
    )
  })

  it('is gone when it is purged, first of one reason and then all', async () => {
    running()
    const { api } = fleet
    const purge = async (query: string): Promise<number> =>
      (await api.expect(z.object({ removed: z.int() }), 'DELETE', `/api/v1/dead-letters${query}`)).removed
    expect(await purge('?reason=foreign-topic')).toBe(foreignPublishes)
    expect(await deadLettersOf(api, '&reason=foreign-topic')).toEqual([])
    expect(await purge('')).toBeGreaterThan(payloads)
    expect(await deadLettersOf(api)).toEqual([])
  })
})

const keyOf = (reason: string, bytes: Buffer): string => `${reason} ${bytes.toString('base64')}`

function tally(keys: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const key of keys) {
    const short = key.length > 300 ? `${key.slice(0, 300)}… of ${key.length}` : key
    counts[short] = (counts[short] ?? 0) + 1
  }
  return counts
}

const registerIntruders = ({ api }: Fleet): Promise<readonly DeviceAccess[]> =>
  Promise.all(
    Array.from({ length: intruders }, (_, index) =>
      registerDevice(api, `intruder-${index}`, { ports: [{ port: 1 }] }),
    ),
  )

async function sendAll(
  mqttPort: number,
  device: DeviceAccess,
  payloadsOfDevice: readonly HostilePayload[],
): Promise<void> {
  const client = await connectDevice(mqttPort, device)
  const window = 20
  for (const [index, { bytes }] of payloadsOfDevice.entries()) {
    publishBytes(client, device.topic, bytes)
    if (index >= window) await client.next('puback')
  }
  await client.ping()
  await client.disconnect()
}

async function sendToForeignTopics(mqttPort: number, all: readonly DeviceAccess[]): Promise<void> {
  for (let index = 0; index < foreignPublishes; index += 1) {
    const device = all[index % all.length]
    if (device === undefined) throw new Error('no device')
    const client = await connectDevice(mqttPort, device)
    publishBytes(client, telemetryTopic(device.orgId, 'intruder-x'), `{"n":${index}}`)
    await client.closed
  }
}
