/** What every payment provider keeps to, asked of an adapter and the provider it speaks with, over HTTP. */
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Charge,
  type PaymentProvider,
  type ProviderKey,
  ProviderUnavailable,
  type Webhook,
  type WebhookReading,
} from '../../nodes/platform/payments/port.ts'
import { noFaults, type PaymentFaults } from '../../sim/payments/faults.ts'
import { type PaymentServer, startPayments } from '../../sim/payments/server.ts'

export interface PaymentWorld {
  readonly key: ProviderKey
  /** An adapter for what listens at `url`. */
  open(url: string, secret: string, webhookUrl: string): PaymentProvider
  /** Whether its webhooks carry a time. */
  readonly isTimed: boolean
  /** Whether it can list the charges of a day. */
  readonly lists: boolean
}

const secret = 'sk_of_the_contract_42'
const price = { amountMinor: 2000, currency: 'BRL' }
const wanted = (reference: string) => ({
  reference,
  price,
  description: '10 credits',
  returnUrl: 'http://127.0.0.1:9/back',
})

export function paymentContract(world: PaymentWorld): void {
  describe(`payments by ${world.key}`, () => {
    let listener: Server
    let base: string
    let webhookUrl: string
    let begun = 0
    const heard: Webhook[] = []
    let server: PaymentServer
    let provider: PaymentProvider

    beforeAll(async () => {
      listener = createServer((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => {
          response.end()
          // What is told of the payments of another test comes late.
          if (!webhookUrl.endsWith(request.url ?? '')) return
          const headers = Object.fromEntries(
            Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
          )
          heard.push({ headers, body: Buffer.concat(chunks) })
        })
      }).listen(0, '127.0.0.1')
      await once(listener, 'listening')
      // oxlint-disable-next-line no-unsafe-type-assertion -- it listens on TCP
      base = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
    })
    afterAll(() => {
      listener.close()
    })
    const begin = async (faults: Partial<PaymentFaults> = {}): Promise<void> => {
      webhookUrl = `${base}/told/${(begun += 1)}`
      const options = { port: 0, protocol: world.key, secret, webhookUrl }
      server = await startPayments({ ...options, faults: { ...noFaults, ...faults } })
      provider = world.open(server.url, secret, webhookUrl)
      heard.length = 0
    }
    beforeEach(() => begin())
    afterEach(async () => server[Symbol.asyncDispose]())

    const opened = (reference = 'acme/p1') => provider.openCheckout(wanted(reference))
    const press = (url: string, action: 'decline' | 'expire' | 'pay') =>
      fetch(url, { method: 'POST', body: new URLSearchParams({ action }), redirect: 'manual' })
    const isOfCharge = (webhook: Webhook): boolean =>
      provider.readWebhook(webhook, Date.now()).kind === 'charge'
    /** The next webhook that says something. */
    const told = async (): Promise<Webhook> => {
      await expect.poll(() => heard.some(isOfCharge), { timeout: 5000 }).toBe(true)
      const webhook = heard.splice(0).find(isOfCharge)
      if (webhook === undefined) throw new Error('nothing was heard')
      return webhook
    }
    const chargeOf = (reading: WebhookReading): Charge => {
      if (reading.kind !== 'charge') throw new Error(`the webhook is read as ${reading.kind}`)
      return reading.charge
    }

    test('what is asked for twice under one reference is one checkout, and is pending', async () => {
      const checkout = await opened()
      expect(await opened()).toEqual(checkout)
      expect((await fetch(checkout.redirectUrl)).status).toBe(200)
      expect(await provider.charge(checkout.id)).toEqual({
        id: checkout.id,
        reference: 'acme/p1',
        status: 'pending',
        price,
      })
    })

    test('a reference comes back as it was, however long', async () => {
      const reference = `${'o'.repeat(36)}/${'p'.repeat(36)}`
      const { id } = await opened(reference)
      expect(await provider.charge(id)).toMatchObject({ reference })
    })

    test('what is paid leads back, is told, and is found by asking', async () => {
      const { id, redirectUrl } = await opened()
      const answer = await press(redirectUrl, 'pay')
      expect([answer.status, answer.headers.get('location')]).toEqual([303, 'http://127.0.0.1:9/back'])
      const charge = chargeOf(provider.readWebhook(await told(), Date.now()))
      expect(charge).toMatchObject({ reference: 'acme/p1', status: 'paid', price })
      expect(await provider.charge(id)).toEqual({ id, reference: 'acme/p1', status: 'paid', price })
      expect(await provider.charge(charge.id)).toMatchObject({ reference: 'acme/p1', status: 'paid', price })
    })

    test('what is declined is not paid', async () => {
      const { id, redirectUrl } = await opened()
      await press(redirectUrl, 'decline')
      expect((await provider.charge(id))?.status).toMatch(/^(?:pending|failed)$/)
    })

    test('what expires is told, and is found by asking', async () => {
      const { id, redirectUrl } = await opened()
      await press(redirectUrl, 'expire')
      const charge = chargeOf(provider.readWebhook(await told(), Date.now()))
      expect(charge).toMatchObject({ reference: 'acme/p1', status: 'expired' })
      expect(await provider.charge(id)).toMatchObject({ status: 'expired' })
    })

    test('a refund is one, is told, and is found by asking', async () => {
      const { id, redirectUrl } = await opened()
      await expect(provider.refund(id)).rejects.toThrow(ProviderUnavailable)
      await press(redirectUrl, 'pay')
      await told()
      await provider.refund(id)
      await provider.refund(id)
      expect(heard.length).toBeLessThanOrEqual(1)
      const charge = chargeOf(provider.readWebhook(await told(), Date.now()))
      expect(charge).toMatchObject({ reference: 'acme/p1', status: 'refunded' })
      expect(await provider.charge(id)).toMatchObject({ status: 'refunded' })
    })

    test('what was paid by the id that a webhook told is given back by that id', async () => {
      const { redirectUrl } = await opened()
      await press(redirectUrl, 'pay')
      const { id } = chargeOf(provider.readWebhook(await told(), Date.now()))
      await provider.refund(id)
      expect(await provider.charge(id)).toMatchObject({ status: 'refunded' })
    })

    test('too little is told as it is', async () => {
      await server[Symbol.asyncDispose]()
      await begin({ isShort: true })
      const { id, redirectUrl } = await opened()
      await press(redirectUrl, 'pay')
      const short = { status: 'paid', price: { amountMinor: 1999, currency: 'BRL' } }
      expect(chargeOf(provider.readWebhook(await told(), Date.now()))).toMatchObject(short)
      expect(await provider.charge(id)).toMatchObject(short)
    })

    test('a webhook that was touched, or signed by somebody else, is refused', async () => {
      const { redirectUrl } = await opened()
      await press(redirectUrl, 'pay')
      const { body, headers } = await told()
      const refused = (webhook: Webhook, by = provider): void =>
        expect(by.readWebhook(webhook, Date.now())).toHaveProperty('kind', 'refused')
      refused({ headers, body: Buffer.concat([body, Buffer.from(' ')]) })
      refused({ headers, body: Buffer.from(Buffer.from(body).toString().replace('2000', '9000')) })
      refused({ headers: {}, body })
      refused({ headers, body }, world.open(server.url, 'sk_of_somebody_else', webhookUrl))
    })

    test.runIf(world.isTimed)('a webhook is believed for five minutes', async () => {
      const { redirectUrl } = await opened()
      await press(redirectUrl, 'pay')
      const webhook = await told()
      const kindAt = (offMs: number): string => provider.readWebhook(webhook, Date.now() + offMs).kind
      expect([-298_000, 298_000].map(kindAt)).toEqual(['charge', 'charge'])
      expect([-302_000, 302_000].map(kindAt)).toEqual(['refused', 'refused'])
    })

    test('a list of a day has all of it, over any number of pages; or there is no list', async () => {
      const fromMs = Date.now() - 60_000
      const count = world.lists ? 120 : 1
      for (let n = 0; n < count; n += 1) await opened(`acme/p${n}`)
      const listed = await provider.chargesBetween(fromMs, Date.now() + 60_000)
      const expected = world.lists ? Array.from({ length: count }, (_, n) => `acme/p${n}`) : undefined
      expect(listed?.map(({ reference }) => reference).toSorted()).toEqual(expected?.toSorted())
      const before = await provider.chargesBetween(fromMs - 60_000, fromMs)
      expect(before).toEqual(world.lists ? [] : undefined)
    })

    test('what is not there is undefined; trouble, and not being let in, reject', async () => {
      expect(await provider.charge('nothing-like-it')).toBeUndefined()
      const stranger = world.open(server.url, 'sk_of_somebody_else', webhookUrl)
      await expect(stranger.openCheckout(wanted('acme/p1'))).rejects.toThrow(ProviderUnavailable)
      await server[Symbol.asyncDispose]()
      await expect(opened()).rejects.toThrow(ProviderUnavailable)
      await begin({ failures: 1 })
      await expect(provider.charge('any')).rejects.toThrow(ProviderUnavailable)
    })
  })
}
