import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bookingView } from '../nodes/booking/booking.ts'
import type { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { podBody } from './harness/pods.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { sign } from '../engines/payments/standard-webhooks.ts'
import { purchaseView } from '../nodes/billing/purchase.ts'
import { startPayments } from '../sim/payments/server.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const password = 'sleeps-in-a-pod-42'
const day = 86_400_000
const hour = 3_600_000
const wrapped = z.object({ booking: bookingView })
const walletSchema = z.object({ balance: z.int(), held: z.int() })
const pod = podBody()
const iso = (ms: number): string => new Date(ms).toISOString()

const secret = 'of-the-sandbox-42'
const sandbox = await startPayments({ port: 0, secret })
afterAll(async () => sandbox[Symbol.asyncDispose]())

describe('a guest of a pod', () => {
  const running = usePlatform({
    environment: {
      PAYMENTS_SANDBOX_URL: sandbox.url,
      PAYMENTS_SANDBOX_SECRET: secret,
      PAYMENTS_POLL_MS: '300',
    },
  })
  let api: ApiClient
  let ada: ApiClient
  let adaId: string
  let bob: ApiClient
  let device: DeviceAccess
  let client: WireClient
  let keys = 0

  beforeAll(async () => {
    const { api: root, mqttPort } = running()
    api = await createOrganization(root, 'acme')
    adaId = await addUser(api, 'ada@acme.example', 'member', password)
    ada = root.signedInAs('ada@acme.example', password)
    await addUser(api, 'bob@acme.example', 'member', password)
    bob = root.signedInAs('bob@acme.example', password)
    device = await registerDevice(api, 'pod-1', { classKey: 'sleep-pod' })
    await api.expect(z.unknown(), 'PUT', '/api/v1/pods/pod-1', { body: pod })
    client = await connectDevice(mqttPort, device)
    await client.subscribe(['cochilo/cabine/pod-1/commands', 1])
  })

  const nextHour = (): number => Math.floor(Date.now() / hour) * hour
  const book = (who: ApiClient, startMs: number, key = `k${(keys += 1)}`): Promise<Answer> =>
    who.call('POST', '/api/v1/bookings', {
      body: { podId: 'pod-1', start: iso(startMs), end: iso(startMs + hour) },
      headers: { 'idempotency-key': key },
    })
  const grant = (credits: number) =>
    api.call('POST', `/api/v1/wallets/${adaId}/grants`, {
      body: { credits, reason: 'welcome' },
      headers: { 'idempotency-key': `g${(keys += 1)}` },
    })
  const settled = (id: string, status: string) =>
    until(`${id} to be ${status}`, async () => {
      const { booking } = await ada.expect(wrapped, 'GET', `/api/v1/bookings/${id}`)
      return booking.status === status ? booking : undefined
    })
  const wallet = () => ada.expect(walletSchema, 'GET', '/api/v1/wallet')
  const report = (event: string, more: object = {}): Promise<void> =>
    publishAndWait(
      client,
      'cochilo/cabine/pod-1/events',
      JSON.stringify({ event, ts: iso(Date.now()), eventId: `e${(keys += 1)}`, ...more }),
    )

  it('without credits gets no booking, and the time is free again', async () => {
    const start = nextHour() + 10 * day
    const answer = await book(ada, start)
    expect(answer.status).toBe(201)
    const { booking } = wrapped.parse(answer.body)
    expect(booking).toMatchObject({ status: 'PENDING', credits: 3 })
    expect(await settled(booking.id, 'CANCELLED')).toMatchObject({ reason: 'too few credits' })
    await grant(100)
    expect((await book(ada, start)).status).toBe(201)
  })

  it('is one of two hundred who want the same time, and with one key gets one booking', async () => {
    const start = nextHour() + 11 * day
    const answers = await Promise.all(Array.from({ length: 200 }, () => book(ada, start)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(199)
    const same = await Promise.all(Array.from({ length: 20 }, () => book(ada, start + hour, 'the same')))
    expect(new Set(same.map(({ body }) => wrapped.parse(body).booking.id)).size).toBe(1)
    expect((await book(ada, start + 2 * hour, 'the same')).status).toBe(422)
    const body = { podId: 'pod-1', start: iso(start), end: iso(start + hour) }
    expect((await ada.call('POST', '/api/v1/bookings', { body })).status).toBe(400)
  })

  it('is given back what the pod says when it is cancelled', async () => {
    const before = await wallet()
    const { booking } = wrapped.parse((await book(ada, nextHour() + 12 * day)).body)
    await settled(booking.id, 'CONFIRMED')
    await until('the credits to be charged', async () => (await wallet()).held === 0 || undefined)
    const cancelled = await ada.call('POST', `/api/v1/bookings/${booking.id}/cancel`, { body: {} })
    expect(cancelled).toMatchObject({ status: 200, body: { booking: { status: 'CANCELLED' } } })
    await until(
      'the credits to be back',
      async () => (await wallet()).balance === before.balance || undefined,
    )
    const events = await ada.call('GET', `/api/v1/bookings/${booking.id}/events`)
    expect(events.text).toContain('RefundCompleted')
    expect(await api.call('GET', '/api/v1/ledger/trial-balance')).toMatchObject({ body: { sum: 0 } })
  })

  it('comes in by the code, which nobody else sees and which is in clear nowhere', async () => {
    const { booking } = wrapped.parse((await book(ada, nextHour())).body)
    await settled(booking.id, 'CONFIRMED')
    const { code } = await ada.expect(
      z.object({ code: z.string() }),
      'GET',
      `/api/v1/bookings/${booking.id}/access-code`,
    )
    expect((await bob.call('GET', `/api/v1/bookings/${booking.id}`)).status).toBe(404)
    expect((await bob.call('GET', `/api/v1/bookings/${booking.id}/access-code`)).status).toBe(404)
    expect((await api.call('GET', `/api/v1/bookings/${booking.id}/access-code`)).status).toBe(403)
    await report('CODE_ENTERED', { code: code === '739151' ? '739152' : '739151' })
    await report('CODE_ENTERED', { code })
    const { payload } = await client.message()
    expect(JSON.parse(String(payload))).toMatchObject({ action: 'openDoor' })
    await report('OPEN_DOOR')
    await settled(booking.id, 'INPROGRESS')
    await report('SESSION_END')
    await report('CLOSE_DOOR')
    await settled(booking.id, 'COMPLETED')
    const { dataDir } = running()
    let files = 0
    for await (const file of glob('**/*', { cwd: dataDir })) {
      const bytes = await readFile(path.join(dataDir, file)).catch(() => undefined)
      if (bytes === undefined) continue
      files += 1
      for (const typed of [code, '739151'])
        expect(`${file} ${bytes.includes(`"${typed}"`)}`).toBe(`${file} false`)
    }
    expect(files).toBeGreaterThan(3)
  })

  const purchased = z.object({ purchase: purchaseView })
  const buy = async () => {
    const body = { packageKey: 'small', provider: 'sandbox', returnUrl: 'https://app.example/done' }
    const headers = { 'idempotency-key': `p${(keys += 1)}` }
    return (await ada.expect(purchased, 'POST', '/api/v1/purchases', { body, headers })).purchase
  }

  it('buys credits at the page of the provider, and they are there without a webhook', async () => {
    const before = await wallet()
    const purchase = await buy()
    expect(purchase).toMatchObject({ status: 'pending', credits: 10 })
    await fetch(purchase.redirectUrl ?? '', {
      method: 'POST',
      body: new URLSearchParams({ action: 'pay' }),
      redirect: 'manual',
    })
    await until('the credits', async () => (await wallet()).balance === before.balance + 10 || undefined)
    expect((await bob.call('GET', `/api/v1/purchases/${purchase.id}`)).status).toBe(404)
    const receipt = () => ada.call('GET', `/api/v1/purchases/${purchase.id}/receipt`)
    const proof = { number: purchase.id, seller: 'acme', buyer: { email: 'ada@acme.example' }, credits: 10 }
    expect(await receipt()).toMatchObject({
      status: 200,
      body: { receipt: { ...proof, price: purchase.price, provider: 'sandbox', refundedAt: null } },
    })
    expect((await bob.call('GET', `/api/v1/purchases/${purchase.id}/receipt`)).status).toBe(404)
    const refund = () =>
      api.call('POST', `/api/v1/purchases/${purchase.id}/refund`, { body: { reason: 'asked for it' } })
    const refunds = await Promise.all([refund(), refund(), refund()])
    expect(refunds.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409, 409])
    expect((await wallet()).balance).toBe(before.balance)
    expect(await receipt()).toMatchObject({
      body: { receipt: { ...proof, refundedAt: expect.stringMatching(/^\d{4}-/) } },
    })
    const unpaid = await buy()
    expect((await ada.call('GET', `/api/v1/purchases/${unpaid.id}/receipt`)).status).toBe(409)
  })

  it('leaves accounts that prove themselves', async () => {
    const date = iso(Date.now()).slice(0, 10)
    const reconciled = await api.call('POST', '/api/v1/reconciliations', { body: { date } })
    expect(reconciled).toMatchObject({ status: 201, body: { differences: [] } })
    const tomorrow = { date: iso(Date.now() + 24 * 3_600_000).slice(0, 10) }
    expect((await api.call('POST', '/api/v1/reconciliations', { body: tomorrow })).status).toBe(422)
    const statement = await ada.call('GET', `/api/v1/statements?month=${date.slice(0, 7)}`)
    const amounts = statement.text
      .trim()
      .split('\r\n')
      .slice(1)
      .map((row) => Number(row.split(',')[3]))
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe((await wallet()).balance)
    expect(
      (await bob.call('GET', `/api/v1/statements?month=${date.slice(0, 7)}&userId=${adaId}`)).status,
    ).toBe(404)
    expect(await api.call('GET', '/api/v1/revenue?by=pod')).toMatchObject({
      body: { items: [{ pod: 'pod-1' }] },
    })
    expect(await api.call('GET', '/api/v1/ledger/trial-balance')).toMatchObject({ body: { sum: 0 } })
  })

  it('is believed by nobody but the provider', async () => {
    const purchase = await buy()
    const tell = (bytes: string, signedWith: string, offSeconds = 0) => {
      const seconds = Math.floor(Date.now() / 1000) + offSeconds
      const headers = {
        'content-type': 'application/json',
        'webhook-id': 'm1',
        'webhook-timestamp': String(seconds),
        'webhook-signature': sign(signedWith, { id: 'm1', seconds, body: bytes }),
      }
      const call = { bytes, headers, as: '' }
      return api.call('POST', '/api/v1/payments/webhooks/sandbox', call)
    }
    const reference = `${api.organization ?? ''}/${purchase.id}`
    const data = { id: 'co', reference, status: 'paid', amountMinor: 2000, currency: 'BRL', url: 'http://x' }
    const body = JSON.stringify({ type: 'checkout.paid', timestamp: iso(Date.now()), data })
    expect((await tell(body, 'of somebody else')).status).toBe(400)
    expect((await tell(body, secret, -301)).status).toBe(400)
    const heard = await Promise.all(Array.from({ length: 20 }, () => tell(body, secret)))
    expect(new Set(heard.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await ada.call('GET', `/api/v1/purchases/${purchase.id}`)).toMatchObject({
      body: { purchase: { status: 'paid' } },
    })
  })

  it('is near the pod', async () => {
    const query = 'latitude=45.071&longitude=7.69&radiusMeters=1000'
    const found = await bob.call('GET', `/api/v1/pods/nearby?${query}`)
    expect(found).toMatchObject({ status: 200, body: { items: [{ pod: { id: 'pod-1' } }] } })
    const start = nextHour() + 11 * day
    const window = `&from=${iso(start)}&to=${iso(start + hour)}`
    expect(await bob.call('GET', `/api/v1/pods/nearby?${query}${window}`)).toMatchObject({
      body: { items: [{ isFree: false }] },
    })
  })
})
