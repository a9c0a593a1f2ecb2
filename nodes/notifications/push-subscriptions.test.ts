import { beforeEach, describe, expect, test } from 'vitest'
import { callOperation } from '../http/call-operation.fixture.ts'
import { aUser } from '../identity/principals.fixture.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { OutgoingRequest } from '../platform/outgoing/port.ts'
import type { Notifications } from './notifications.ts'
import { openNotifications } from './notifications.fixture.ts'
import { operation as create } from './operations/create-push-subscription.ts'
import { operation as list } from './operations/list-push-subscriptions.ts'
import { operation as remove } from './operations/delete-push-subscription.ts'
import { pushKeys } from './push-keys.fixture.ts'
import { mostOfOne } from './push-subscriptions.ts'

const world = useInstances(Date.parse('2026-01-05T06:00:00Z'))
const phone = { endpoint: 'https://push.example/send/phone', expirationTime: null, keys: pushKeys }

let notifications: Notifications
let sent: OutgoingRequest[]
/** What the push service answers. */
let status: number

beforeEach(() => {
  sent = []
  status = 201
  notifications = openNotifications(world.open('a'), (request) => {
    sent.push(request)
    return status
  })
  notifications.enclosures.add('booking.code', async () => ({ code: '482913' }))
})

const call = (operation: Parameters<typeof callOperation>[0], userId: string, more: object = {}) =>
  callOperation(operation, { notifications }, { principal: aUser('member', { userId }), ...more })
const subscribe = (userId: string, body: object = phone) => call(create, userId, { body })
const listed = async (userId: string) => (await call(list, userId)).body
const told = () => sent.map(({ body, url }) => [url, JSON.parse(Buffer.from(body ?? '').toString())])
async function tell(userId: string, cause: string): Promise<void> {
  await notifications.tellUser('acme', userId, cause, () => ({
    type: 'booking.code',
    timestamp: '2026-01-05T06:00:00Z',
    data: { bookingId: 'b1' },
    title: 'Nest is yours',
    text: 'The code of the door is {code}.',
  }))
  await world.clock.pass(1000)
}

describe('a browser that somebody has subscribed', () => {
  test('is told what they are told, with the code, which is written down nowhere', async () => {
    const answer = await subscribe('ada')
    expect(answer).toMatchObject({ status: 201, body: { subscription: { host: 'push.example' } } })
    await tell('ada', 'e1')
    await tell('bob', 'e1')
    expect(told()).toMatchObject([
      [phone.endpoint, { type: 'booking.code', text: 'The code of the door is 482913.' }],
    ])
    const { items } = await notifications.deliveries.list('acme', { limit: 10 })
    expect(JSON.stringify(items)).not.toContain('482913')
    expect(items.map(({ document }) => document.status)).not.toContain('failed')
  })

  test('is there once, for who asked in it last, and nobody else can take it away', async () => {
    await subscribe('ada')
    await subscribe('ada')
    expect(await listed('ada')).toMatchObject({ items: [{ host: 'push.example' }], publicKey: 'BPy7' })
    await subscribe('bob')
    expect(await listed('ada')).toMatchObject({ items: [] })
    const [mine] = await notifications.pushes.of('acme', 'bob')
    const params = { subscriptionId: mine?.id ?? '' }
    expect((await call(remove, 'ada', { params })).status).toBe(404)
    expect((await call(remove, 'bob', { params })).status).toBe(204)
    expect((await call(remove, 'bob', { params })).status).toBe(404)
    await tell('bob', 'e1')
    expect(sent).toEqual([])
  })

  test('is forgotten when the push service says that it is gone', async () => {
    await subscribe('ada')
    status = 410
    await tell('ada', 'e1')
    expect(await listed('ada')).toMatchObject({ items: [] })
    await tell('ada', 'e2')
    expect(sent).toHaveLength(1)
  })

  test('is forgotten when it is there with keys that nothing can be encrypted for', async () => {
    const keys = { ...pushKeys, p256dh: `B${'A'.repeat(86)}` }
    await notifications.pushes.add('acme', 'ada', { endpoint: phone.endpoint, keys })
    await tell('ada', 'e1')
    expect(sent).toEqual([])
    expect(await listed('ada')).toMatchObject({ items: [] })
    const { items } = await notifications.deliveries.list('acme', { limit: 10 })
    expect(items.find(({ document }) => document.channel.includes('web-push'))?.document).toMatchObject({
      status: 'failed',
      attempts: [{ outcome: 'the keys of the browser are none' }],
    })
  })

  test('is one of ten at most: the oldest goes', async () => {
    for (let n = 0; n <= mostOfOne; n += 1) {
      await subscribe('ada', { ...phone, endpoint: `https://push.example/send/${n}` })
      await world.clock.pass(1)
    }
    const endpoints = (await notifications.pushes.of('acme', 'ada')).map(({ endpoint }) => endpoint)
    expect(endpoints).toHaveLength(mostOfOne)
    expect(endpoints).not.toContain('https://push.example/send/0')
  })

  test.each([
    ['inside', { ...phone, endpoint: 'https://10.0.0.1/send' }],
    ['that is no address', { ...phone, endpoint: 'phone' }],
    ['without its keys', { endpoint: phone.endpoint }],
    ['with a field that nobody knows', { ...phone, allowPrivateAddress: true }],
  ])('%s is refused', async (_, body) => {
    expect((await subscribe('ada', body)).status).toBe(400)
  })

  test('with keys that nothing can be encrypted for is refused, and the field is named', async () => {
    const keys = { p256dh: `B${'A'.repeat(86)}`, auth: pushKeys.auth.slice(1) }
    expect((await subscribe('ada', { ...phone, keys })).body).toMatchObject({
      errors: [
        { path: 'body.keys.p256dh', message: 'must be a public key on the curve P-256' },
        { path: 'body.keys.auth', message: 'must be 16 bytes, base64url' },
      ],
    })
  })

  test('of a program is none', async () => {
    const program = { kind: 'service-account', accountId: 's', orgId: 'acme', permissions: ['modules:*:*:*'] }
    expect((await call(create, 'ada', { body: phone, principal: program })).status).toBe(403)
  })
})
