import { beforeAll, describe, expect, it } from 'vitest'
import {
  createDevice,
  createOrganization,
  getDevice,
  getLatest,
  listDevices,
  listReadings,
  updateDevice,
} from '../client/generated/operations.ts'
import {
  Client,
  type Credentials,
  Live,
  type LiveStatus,
  type ReadingEvent,
  signIn,
} from '../client/index.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { adminPassword } from './harness/platform.ts'
import { registerDevice } from './harness/resources.ts'
import { until, untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

describe('the typed client against the platform', () => {
  const running = usePlatform()
  let credentials: Credentials
  let client: Client

  beforeAll(async () => {
    const { url } = running()
    credentials = await signIn(url, { email: 'admin@fleetloom.local', password: adminPassword })
    const { id } = await new Client({ url, credentials }).call(createOrganization, {
      body: { name: 'Typed' },
    })
    client = new Client({ url, credentials, organization: id })
  })

  it('creates, reads, changes, and walks a list page by page', async () => {
    for (let number = 0; number < 5; number += 1) {
      const { device, credential } = await client.call(createDevice, {
        body: { id: `typed-${number}`, classKey: 'air-purifier', name: `Typed ${number}`, tags: ['typed'] },
      })
      expect(credential.username).toBe(device.id)
    }
    const changed = await client.call(updateDevice, {
      params: { id: 'typed-1' },
      body: { name: 'Renamed' },
    })
    expect(changed.name).toBe('Renamed')

    const pages: number[] = []
    for await (const { items } of client.pages(listDevices, { query: { limit: 2, tag: 'typed' } }))
      pages.push(items.length)
    expect(pages).toEqual([2, 2, 1])
    expect((await client.all(listDevices, { query: { limit: 2 } })).map(({ id }) => id)).toEqual([
      'typed-0',
      'typed-1',
      'typed-2',
      'typed-3',
      'typed-4',
    ])
  })

  it('names what is wrong and what is missing', async () => {
    await expect(
      client.call(createDevice, { body: { classKey: 'no-such-class', name: 'x' } }),
    ).rejects.toMatchObject({
      reason: 'refused',
      problem: { status: 422, errors: [{ path: 'body.classKey' }] },
    })
    await expect(client.call(getDevice, { params: { id: 'nobody' } })).rejects.toMatchObject({
      reason: 'missing',
      requestId: expect.stringMatching(/./),
    })
    const wrong = signIn(running().url, { email: 'admin@fleetloom.local', password: 'wrong-password' })
    await expect(wrong).rejects.toMatchObject({ reason: 'signed-out' })
  })

  it('hears live events, says what was missed when the platform was away, and goes on by itself', async () => {
    const access = await registerDevice(running().api.in(client.organization ?? ''), 'typed-live')
    const live = new Live(client)
    const heard: ReadingEvent[] = []
    const statuses: LiveStatus[] = []
    const gaps: number[] = []
    live.onStatus((status) => statuses.push(status))
    live.watch([access.id], {
      onReading: (event) => heard.push(event),
      onResumed: (sinceMs) => gaps.push(sinceMs),
    })
    live.watch(['typed-0'], { onReading: () => expect.unreachable('it is about another device') })
    await untilTrue('live', () => live.status === 'live')
    const send = async (value: number): Promise<void> => {
      const device = await connectDevice(running().mqttPort, access)
      await publishAndWait(device, access.topic, `{"readings":[{"port":1,"value":${value}}]}`)
      await device.disconnect()
    }
    await until('the first reading', async () => {
      await send(1)
      return heard.length > 0 ? heard : undefined
    })
    const before = client.nowMs()

    await running().kill('SIGTERM')
    await untilTrue('lost', () => live.status === 'lost')
    await running().start()
    await untilTrue('live again', () => live.status === 'live')

    expect(gaps).toHaveLength(1)
    expect(gaps[0]).toBeLessThan(before + 5000)
    await until('a reading after the break', async () => {
      await send(2)
      return heard.some(({ calibratedValue }) => calibratedValue === 2) ? heard : undefined
    })
    const { items } = await client.call(getLatest, { params: { id: access.id } })
    expect(items[0]).toMatchObject({ port: 1, calibratedValue: 2, quality: 'good' })
    const since = new Date(gaps[0] ?? 0).toISOString()
    const missed = await client.all(listReadings, { params: { id: access.id }, query: { from: since } })
    expect(missed.length).toBeGreaterThan(0)
    expect(statuses).toEqual(['connecting', 'live', 'lost', 'live'])
    live.close()
  })
})
