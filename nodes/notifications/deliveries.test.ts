import { beforeEach, describe, expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { silentLogger } from '../platform/logger.ts'
import type { OutgoingRequest } from '../platform/outgoing/port.ts'
import { RefusedAddress } from '../platform/outgoing/port.ts'
import { channelBody } from './channel.ts'
import { createSeal } from '../identity/sign-in/seal.ts'
import { Channels } from './channels.ts'
import { Enclosures } from './enclosures.ts'
import { Deliveries } from './deliveries.ts'
import { pushKeys } from './push-keys.fixture.ts'
import { emailSender } from './senders/email.ts'
import { fcmSender } from './senders/fcm.ts'
import { inAppSender } from './senders/in-app.ts'
import { smsSender } from './senders/sms.ts'
import { webPushSender } from './senders/web-push.ts'
import { webhookSender } from './senders/webhook.ts'

const world = useInstances(Date.parse('2026-01-05T06:00:00Z'))
type Reply = number | Error
let replies: Reply[]
let sent: (OutgoingRequest & { readonly atSeconds: number })[]
let mails: unknown[]
let mailFault: Error | undefined

beforeEach(() => {
  replies = []
  sent = []
  mails = []
  mailFault = undefined
})

async function open(kind: string, config: object): Promise<Deliveries> {
  const { clock, jobs, store } = world.open('a')
  const beganMs = clock.nowMs()
  const channels = new Channels({ store, clock, seal: createSeal('of the tests', 'channels') })
  await channels.create('acme', channelBody.parse({ key: 'ops', kind, config }))
  const outgoing = {
    send(request: OutgoingRequest) {
      sent.push({ ...request, atSeconds: (clock.nowMs() - beganMs) / 1000 })
      const reply = replies.shift() ?? 200
      return reply instanceof Error
        ? Promise.reject(reply)
        : Promise.resolve({ status: reply, headers: {}, text: reply === 404 ? 'UNREGISTERED' : '' })
    },
  }
  const mailer = {
    send(mail: unknown) {
      mails.push(mail)
      return mailFault === undefined ? Promise.resolve('250 ok') : Promise.reject(mailFault)
    },
    close: () => undefined,
  }
  const inside = { url: 'http://provider.example', allowPrivateAddress: true }
  const deliveries = new Deliveries({
    enclosures: new Enclosures(),
    store,
    clock,
    jobs,
    log: silentLogger,
    channels,
    channelOf: (orgId, key) => channels.get(orgId, key),
    senders: {
      webhook: webhookSender(outgoing, clock),
      email: emailSender(mailer),
      sms: smsSender(outgoing, { accountSid: 'AC1', authToken: 't', from: '+15550001111', ...inside }),
      'web-push': webPushSender(outgoing, ({ endpoint }) => ({
        url: endpoint,
        headers: {},
        body: new Uint8Array(1),
      })),
      fcm: fcmSender(outgoing, { projectId: 'plant', accessToken: () => Promise.resolve('tok'), ...inside }),
      'in-app': inAppSender(
        { publish: (_, event) => void mails.push(event) },
        { add: () => Promise.resolve(true) },
      ),
    },
  })
  jobs.start(deliveries.job)
  return deliveries
}

const notice = {
  type: 'alert.firing',
  timestamp: '2026-01-05T06:00:00.000Z',
  data: {},
  title: 'hot',
  text: 'Press 1 is hot',
}
const put = async (deliveries: Deliveries, cause = 'alerts/a1/1'): Promise<string> =>
  (await deliveries.put('acme', { cause, channel: 'ops', alertId: 'a1', notice })).id
const become = async (deliveries: Deliveries, id: string): Promise<string> => {
  const delivery = await deliveries.get('acme', id)
  return `${delivery?.status}: ${delivery?.attempts.map(({ outcome }) => outcome).join(', ')}`
}
const webhook = { url: 'https://receiver.example/hook', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }

describe('a webhook', () => {
  test('is sent once for a cause, however often that is told', async () => {
    const deliveries = await open('webhook', webhook)
    const id = await put(deliveries)
    expect(await put(deliveries)).toBe(id)
    await world.clock.pass(60_000)
    expect(sent).toHaveLength(1)
    expect(await become(deliveries, id)).toBe('delivered: answered 200')
  })

  test('is tried again with the same id and body, the first two times within 40 s', async () => {
    replies = [503, new Error('ECONNRESET'), 200]
    const deliveries = await open('webhook', webhook)
    const id = await put(deliveries)
    await world.clock.pass(40_000)
    expect(await become(deliveries, id)).toBe('delivered: answered 503, ECONNRESET, answered 200')
    expect(new Set(sent.map(({ body, headers }) => `${headers['webhook-id']} ${String(body)}`)).size).toBe(1)
    expect(new Set(sent.map(({ headers }) => headers['webhook-signature'])).size).toBe(3)
  })

  test('is given up after hours, and sent once more when somebody asks', async () => {
    replies = Array.from({ length: 14 }, () => 500)
    const deliveries = await open('webhook', webhook)
    const id = await put(deliveries)
    for (let tries = 0; tries < 14; tries += 1) {
      world.clock.turnTo(world.clock.nowMs() + 7_200_000)
      await world.clock.pass(1500)
    }
    expect((await become(deliveries, id)).split(',')).toHaveLength(14)
    expect(await become(deliveries, id)).toMatch(/^failed/)
    await deliveries.retry('acme', id)
    await world.clock.pass(1000)
    expect(await become(deliveries, id)).toMatch(/^delivered.*answered 200$/)
    expect(new Set(sent.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  test('that leads inside fails at once, and one that is gone retires its channel', async () => {
    replies = [new RefusedAddress('receiver.example leads to a private address'), 410]
    const deliveries = await open('webhook', webhook)
    const inside = await put(deliveries)
    await world.clock.pass(1000)
    expect(await become(deliveries, inside)).toBe('failed: receiver.example leads to a private address')
    const gone = await put(deliveries, 'alerts/a1/2')
    await world.clock.pass(1000)
    const after = await put(deliveries, 'alerts/a1/3')
    await world.clock.pass(1000)
    expect([await become(deliveries, gone), await become(deliveries, after)]).toEqual([
      'failed: answered 410: gone',
      'failed: the channel has retired',
    ])
  })
})

describe('the other kinds', () => {
  test('a mail goes out with the delivery’s id; an address that there is not is no reason to try again', async () => {
    const deliveries = await open('email', { to: 'ada@plant.example' })
    const id = await put(deliveries)
    await world.clock.pass(1000)
    expect(mails).toEqual([{ to: ['ada@plant.example'], subject: 'hot', text: 'Press 1 is hot', id }])
    mailFault = Object.assign(new Error('550 no such user'), { responseCode: 550 })
    const refused = await put(deliveries, 'alerts/a1/2')
    await world.clock.pass(1000)
    expect(await become(deliveries, refused)).toBe('failed: 550 no such user')
  })

  test('an SMS is a form at the provider', async () => {
    const deliveries = await open('sms', { to: '+390612345678' })
    await put(deliveries)
    await world.clock.pass(1000)
    expect(sent).toMatchObject([
      {
        url: 'http://provider.example/2010-04-01/Accounts/AC1/Messages.json',
        body: 'To=%2B390612345678&From=%2B15550001111&Body=hot',
        headers: { authorization: `Basic ${btoa('AC1:t')}` },
      },
    ])
  })

  test.each([
    ['fcm', { token: 'abc' }, 404],
    ['web-push', { subscription: { endpoint: 'https://push.example/1', keys: pushKeys } }, 410],
  ] as const)('%s retires a receiver that has gone', async (kind, config, status) => {
    replies = [201, status]
    const deliveries = await open(kind, config)
    const [one, other] = [await put(deliveries), await put(deliveries, 'alerts/a1/2')]
    await world.clock.pass(1000)
    const both = [await become(deliveries, one), await become(deliveries, other)].sort()
    expect(both).toEqual(['delivered: answered 201', `failed: answered ${status}: gone`])
  })

  test('in the app it is an event for whoever watches', async () => {
    const deliveries = await open('in-app', {})
    await put(deliveries)
    await world.clock.pass(1000)
    expect(mails).toMatchObject([{ name: 'notification', type: 'alert.firing', title: 'hot' }])
  })
})
