import { generateKeyPairSync } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import webPush from 'web-push'
import { openSmtp } from '../../engines/mail/smtp.ts'
import { openSafeHttp } from '../../engines/outgoing/safe-http.ts'
import { fcmToken } from '../../engines/push/fcm-token.ts'
import { webPushEncoder } from '../../engines/push/web-push-encoder.ts'
import { type Channel, type ChannelKind, channelBody } from '../../nodes/notifications/channel.ts'
import { emailSender } from '../../nodes/notifications/senders/email.ts'
import { fcmSender } from '../../nodes/notifications/senders/fcm.ts'
import { inAppSender } from '../../nodes/notifications/senders/in-app.ts'
import { senderFor, type Senders } from '../../nodes/notifications/senders/sender.ts'
import { serviceAccountSchema } from '../../nodes/notifications/senders/service-account.ts'
import { smsSender } from '../../nodes/notifications/senders/sms.ts'
import { webPushSender } from '../../nodes/notifications/senders/web-push.ts'
import { webhookSender } from '../../nodes/notifications/senders/webhook.ts'
import type { Mailer } from '../../nodes/platform/mail/port.ts'
import type { Outgoing } from '../../nodes/platform/outgoing/port.ts'
import { signedHeaders } from '../../nodes/platform/outgoing/sign-webhook.ts'
import { type Fault, parseReceiverFaults } from './faults.ts'
import { type Receivers, startReceivers } from './server.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const timeoutMs = 500
const notice = {
  type: 'alert.firing',
  timestamp: '2026-01-05T06:00:00.000Z',
  data: { alert: { id: 'a1' } },
  title: 'Alert: hot',
  text: 'Press 1 is hot',
}
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })

let receivers: Receivers
let faults: Fault[]
let senders: Senders
let mailer: Mailer

beforeEach(async () => {
  faults = []
  receivers = await startReceivers({ port: 0, secret, faults: { slowMs: 0, next: () => faults.shift() } })
  const { base, smtpUrl } = receivers
  const real = openSafeHttp()
  const outgoing: Outgoing = { send: (request) => real.send({ ...request, timeoutMs }) }
  mailer = openSmtp({ url: `${smtpUrl}?socketTimeout=${timeoutMs}`, from: 'Plant <alerts@plant.example>' })
  const account = serviceAccountSchema.parse({
    project_id: 'plant',
    client_email: 'robot@plant.example',
    private_key: pem,
    token_uri: `${base}/token`,
  })
  const inside = { url: base, allowPrivateAddress: true }
  const encode = webPushEncoder({ subject: 'mailto:ops@plant.example', ...webPush.generateVAPIDKeys() })
  senders = {
    webhook: webhookSender(outgoing, { nowMs: () => Date.now() }),
    email: emailSender(mailer),
    sms: smsSender(outgoing, { accountSid: 'AC1', authToken: 't', from: '+15550001111', ...inside }),
    'web-push': webPushSender(outgoing, encode),
    fcm: fcmSender(outgoing, {
      projectId: 'plant',
      accessToken: fcmToken(account, outgoing, () => Date.now()),
      ...inside,
    }),
    'in-app': inAppSender({ publish: () => undefined }, { add: () => Promise.resolve(true) }),
  }
})
afterEach(async () => {
  mailer.close()
  await receivers[Symbol.asyncDispose]()
})

function channelOf(kind: Exclude<ChannelKind, 'in-app'>): Channel {
  const configs = {
    webhook: { url: receivers.url, secret, allowPrivateAddress: true },
    email: { to: 'ada@plant.example' },
    sms: { to: '+390612345678' },
    'web-push': { subscription: receivers.subscription, allowPrivateAddress: true },
    fcm: { token: 'phone-1' },
  }
  const body = channelBody.parse({ key: 'ops', kind, config: configs[kind] })
  return { ...body, id: 'ops', createdAtMs: 0, retiredAtMs: null }
}

/** What became of it: the answer, or what it failed with. */
async function send(kind: Exclude<ChannelKind, 'in-app'>, id = 'msg_1'): Promise<string> {
  const channel = channelOf(kind)
  const { signal } = new AbortController()
  return senderFor(
    senders,
    channel,
  )({ channel, orgId: 'acme', id, notice, kept: notice, signal }).catch((error: Error) =>
    'isGone' in error ? `${error.isGone ? 'gone' : 'undeliverable'}: ${error.message}` : error.message,
  )
}

describe('each protocol takes what is sent', () => {
  test.each([
    ['webhook', 'answered 204', { to: '/webhook', id: 'msg_1' }, 'alert.firing'],
    ['email', '250 taken', { to: 'ada@plant.example', id: 'msg_1@plant.example' }, 'Press 1 is hot'],
    ['sms', 'answered 201', { to: '+390612345678', id: null }, 'Alert: hot'],
    ['fcm', 'answered 200', { to: 'phone-1', id: 'msg_1' }, 'Press 1 is hot'],
    ['web-push', 'answered 201', { to: '/push/browser', id: 'msg_1' }, 'Press 1 is hot'],
  ] as const)('%s', async (kind, answer, message, text) => {
    expect(await send(kind)).toBe(answer)
    expect(receivers.received).toMatchObject([
      { kind, ...message, isRepeat: false, text: expect.stringContaining(text) },
    ])
  })
})

describe('faults', () => {
  const kinds = ['webhook', 'sms', 'fcm', 'web-push'] as const

  test.each(kinds)(
    '%s: 503, a cut connection and silence are to be tried again; 410 is the end',
    async (kind) => {
      faults = [503, 'reset', 'timeout', 410]
      expect(await send(kind)).toMatch(/^answered 503/)
      expect(await send(kind)).toMatch(/ECONNRESET|socket hang up/)
      expect(await send(kind)).toBe('no answer in time')
      expect(await send(kind)).toMatch(kind === 'fcm' ? /^gone: answered 404/ : /^gone: answered 410/)
      expect(await send(kind)).toMatch(/^answered 20/)
      expect(receivers.received.map(({ answer }) => answer).slice(0, 3)).toEqual([503, 'reset', 'timeout'])
    },
  )

  test('a mail is tried again, but for an address that there is not', async () => {
    faults = [503, 'reset', 'timeout', 410]
    expect(await send('email')).toMatch(/^Message failed: 451/)
    expect(await send('email')).toMatch(/ECONNRESET|closed/i)
    expect(await send('email')).toMatch(/timeout/i)
    expect(await send('email')).toMatch(/^undeliverable: .*550/)
    expect(await send('email')).toBe('250 taken')
  })

  test('a repeat has the id of the first', async () => {
    faults = ['timeout']
    await send('webhook')
    await send('webhook')
    await send('webhook')
    // The first was not taken.
    expect(receivers.received.map(({ id, isRepeat }) => [id, isRepeat])).toEqual([
      ['msg_1', false],
      ['msg_1', false],
      ['msg_1', true],
    ])
  })
})

describe('a receiver that verifies with the library of Standard Webhooks', () => {
  const body = '{"type":"alert.firing"}'
  const post = async (atMs: number, sent = body, signedWith = secret): Promise<number> => {
    const headers = signedHeaders({ secret: signedWith, id: 'msg_1', atMs, body })
    const { status } = await fetch(receivers.url, { method: 'POST', headers: { ...headers }, body: sent })
    return status
  }
  test('takes ours', async () => {
    expect(await post(Date.now())).toBe(204)
  })
  test('refuses what was tampered with, signed by another, old, or from the future', async () => {
    expect(await post(Date.now(), `${body} `)).toBe(400)
    expect(await post(Date.now(), body, `whsec_${btoa('another key of twenty-four')}`)).toBe(400)
    expect(await post(Date.now() - 301_000)).toBe(400)
    expect(await post(Date.now() + 302_000)).toBe(400)
    expect(receivers.received.map(({ refusal }) => refusal)).toEqual([
      'No matching signature found',
      'No matching signature found',
      'Message timestamp too old',
      'Message timestamp too new',
    ])
  })
  test('knows a replay by its id', async () => {
    await post(Date.now())
    await post(Date.now())
    expect(receivers.received.map(({ isRepeat }) => isRepeat)).toEqual([false, true])
  })
  test('signs as the library does', () => {
    const atMs = 1_767_593_000_000
    const signature = new Webhook(secret).sign('msg_1', new Date(atMs), body)
    expect(signedHeaders({ secret, id: 'msg_1', atMs, body })['webhook-signature']).toBe(signature)
  })
})

test('a push for somebody else is refused', async () => {
  await using others = await startReceivers({ port: 0, secret })
  const { subscription } = others
  const encode = webPushEncoder({ subject: 'mailto:ops@plant.example', ...webPush.generateVAPIDKeys() })
  const { body, headers } = encode({ ...receivers.subscription, keys: subscription.keys }, '{}')
  const { status } = await fetch(receivers.subscription.endpoint, {
    method: 'POST',
    headers: { ...headers },
    body: Buffer.from(body),
  })
  expect(status).toBe(400)
})

test('faults are read, or what is wrong with them is said', () => {
  const read = parseReceiverFaults(['error=0.5', 'gone=0.25', 'slow=20'], () => 0.6)
  expect('mistake' in read ? read.mistake : [read.slowMs, read.next()]).toEqual([20, 410])
  const never = parseReceiverFaults(['reset=0.5'], () => 0.9)
  expect('mistake' in never ? never.mistake : never.next()).toBeUndefined()
  expect(parseReceiverFaults(['error=2'])).toHaveProperty('mistake')
})
