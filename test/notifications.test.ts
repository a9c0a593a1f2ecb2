import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import type { Fault } from '../sim/receivers/faults.ts'
import type { Received } from '../sim/receivers/received.ts'
import { type Receivers, startReceivers } from '../sim/receivers/server.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const sentSchema = z.object({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.object({
    alert: z.object({ id: z.string(), status: z.string() }),
    device: z.object({ name: z.string() }),
  }),
})
const deliveriesSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      channel: z.string(),
      type: z.string(),
      status: z.string(),
      attempts: z.array(z.object({ at: z.iso.datetime(), outcome: z.string() })),
    }),
  ),
})

describe('a webhook', () => {
  const running = usePlatform()
  let api: ApiClient
  let device: DeviceAccess
  let client: WireClient
  let receivers: Receivers
  let url: string
  let received: Received[] = []
  /** Answered before 204. */
  let answers: Fault[] = []

  beforeAll(async () => {
    receivers = await startReceivers({
      port: 0,
      secret,
      faults: { slowMs: 0, next: () => answers.shift() },
      onReceived: (one) => void received.push(one),
    })
    ;({ url } = receivers)
    api = await createOrganization(running().api, 'acme')
    device = await registerDevice(api, 'press-1')
    client = await connectDevice(running().mqttPort, device)
    const rule = {
      name: 'hot',
      severity: 'critical',
      scope: {},
      condition: { kind: 'above', port: 1, value: 30 },
      channels: ['ops'],
    }
    await api.expect(z.unknown(), 'POST', '/api/v1/alert-rules', { body: rule })
  })
  afterAll(() => receivers[Symbol.asyncDispose]())

  const create = (key: string, config: object): ReturnType<ApiClient['call']> =>
    api.call('POST', '/api/v1/channels', { body: { key, kind: 'webhook', config } })
  const publish = (value: number): Promise<void> =>
    publishAndWait(client, device.topic, JSON.stringify({ readings: [{ port: 1, value }] }))
  const arrived = (count: number): Promise<readonly Received[]> =>
    until(`${count} calls`, async () => (received.length >= count ? received : undefined), { seconds: 60 })
  /** The receiver verifies before anything else. */
  const verified = ({ refusal, text }: Received): z.output<typeof sentSchema> => {
    expect(refusal).toBeUndefined()
    return sentSchema.parse(JSON.parse(text))
  }
  const deliveries = async (query = ''): Promise<z.output<typeof deliveriesSchema>['items']> =>
    (await api.expect(deliveriesSchema, 'GET', `/api/v1/deliveries${query}`)).items

  it('that leads inside is refused, unless a platform administrator says so', async () => {
    for (const inside of [url, 'http://0x7f.1/', 'http://[::ffff:10.0.0.1]/', 'file:///etc/passwd']) {
      const answer = await create('inside', { url: inside, secret })
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('body.config.url')])
    }
    await addUser(api, 'admin@acme.example', 'org-admin', 'belongs-to-acme-42')
    const theirs = running().api.signedInAs('admin@acme.example', 'belongs-to-acme-42')
    const body = { key: 'ops', kind: 'webhook', config: { url, secret, allowPrivateAddress: true } }
    expect((await theirs.call('POST', '/api/v1/channels', { body })).status).toBe(403)
    const made = await create('ops', { url, secret, allowPrivateAddress: true })
    expect(made.status).toBe(201)
    expect(made.text).not.toContain(secret)
    expect((await api.call('GET', '/api/v1/channels')).text).not.toContain(secret)
    expect((await create('ops', { url, secret, allowPrivateAddress: true })).status).toBe(409)
  })

  it('is told what happens to alerts, in order, signed as the convention says', async () => {
    const startedMs = performance.now()
    await publish(31)
    await arrived(1)
    const tookMs = performance.now() - startedMs
    await publish(20)
    const [firing, resolved] = await arrived(2)
    if (firing === undefined || resolved === undefined) throw new Error('too few calls')
    expect(verified(firing)).toMatchObject({ type: 'alert.firing', data: { alert: { status: 'firing' } } })
    expect(verified(resolved)).toMatchObject({
      type: 'alert.resolved',
      data: { device: { name: 'press-1' } },
    })
    expect(tookMs).toBeLessThan(5000)
    await expect
      .poll(() => deliveries())
      .toMatchObject([
        {
          channel: 'ops',
          type: 'alert.resolved',
          status: 'delivered',
          attempts: [{ outcome: 'answered 204' }],
        },
        { channel: 'ops', type: 'alert.firing', status: 'delivered' },
      ])
  })

  it('is called again, with the same id and another timestamp, until it takes it; a redirect is no yes', async () => {
    received = []
    answers = [500, 302]
    await publish(31)
    const calls = await arrived(3)
    expect(new Set(calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(calls.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3)
    for (const call of calls) verified(call)
    await expect
      .poll(() => deliveries('?status=delivered'))
      .toMatchObject([
        { attempts: [{ outcome: 'answered 500' }, { outcome: 'answered 302' }, { outcome: 'answered 204' }] },
        {},
        {},
      ])
  }, 60_000)

  it('that is gone is not called any more, and a delivery can be sent again', async () => {
    received = []
    answers = [410]
    const tested = await api.call('POST', '/api/v1/channels/ops/test')
    expect(tested.status).toBe(202)
    await expect
      .poll(() => deliveries('?status=failed'))
      .toMatchObject([{ type: 'channel.test', attempts: [{ outcome: 'answered 410: gone' }] }])
    const [failed] = await deliveries('?status=failed')
    expect((await api.call('POST', `/api/v1/deliveries/${failed?.id ?? ''}/retry`)).status).toBe(200)
    await expect
      .poll(() => deliveries('?status=failed'))
      .toMatchObject([{ attempts: [{}, { outcome: 'the channel has retired' }] }])
    expect(received).toHaveLength(1)
  })

  it('whose platform is killed after the alert fired is called after the next start', async () => {
    received = []
    expect((await api.call('DELETE', '/api/v1/channels/ops')).status).toBe(204)
    expect((await create('ops', { url, secret, allowPrivateAddress: true })).status).toBe(201)
    await publish(20)
    await arrived(1)
    await publish(99)
    await running().kill()
    await running().start()
    const calls = await arrived(2)
    const ids = calls
      .filter((call) => verified(call).type === 'alert.firing')
      .map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids).size).toBe(1)
  })
})
