/** A provider of payments of no real money, over HTTP: pages to pay at, webhooks, refunds, and what goes wrong with them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ProviderKey } from '../../nodes/platform/payments/port.ts'
import { Desk, type Payment } from './desk.ts'
import { noFaults, type PaymentFaults } from './faults.ts'
import { paymentPage } from './page.ts'
import type { Protocol, ProtocolParts } from './protocol.ts'
import { pagbankProtocol } from './protocols/pagbank.ts'
import { sandboxProtocol } from './protocols/sandbox.ts'
import { stripeProtocol } from './protocols/stripe.ts'
import { tell } from './webhooks.ts'

const protocols = {
  sandbox: sandboxProtocol,
  stripe: stripeProtocol,
  pagbank: pagbankProtocol,
} as const satisfies Readonly<Record<ProviderKey, (parts: ProtocolParts) => Protocol>>

export interface PaymentServerOptions {
  readonly port: number
  readonly host?: string
  /** As which provider it behaves. */
  readonly protocol?: ProviderKey
  /** What whoever asks proves itself with, and what webhooks are signed with. */
  readonly secret: string
  /** Where Stripe's are sent: of the others each payment says so. */
  readonly webhookUrl?: string
  readonly faults?: PaymentFaults
  readonly random?: () => number
}

export interface PaymentServer extends AsyncDisposable {
  readonly url: string
}

export async function startPayments(options: PaymentServerOptions): Promise<PaymentServer> {
  const { faults = noFaults, host = '127.0.0.1', port, random = Math.random, secret } = options
  const stopping = new AbortController()
  const nowMs = (): number => Date.now()
  const protocol = protocols[options.protocol ?? 'sandbox']({
    secret,
    webhookUrl: options.webhookUrl ?? '',
    pageOf: (key) => `${base()}/pay/${key}`,
    nowMs,
  })
  const desk = new Desk({
    isShort: faults.isShort,
    nowMs,
    onChange(payment) {
      const notice = protocol.notice(payment)
      if (notice === undefined || payment.webhookUrl === '') return
      tell(notice, payment.webhookUrl, protocol, faults, stopping.signal).catch(() => undefined)
    },
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', base())
    const path = pathname.slice(1).split('/')
    const method = request.method ?? 'GET'
    const text = method === 'POST' ? await textOf(request) : ''
    if (path[0] === 'pay') {
      const payment = desk.find(path[1] ?? '')
      if (payment === undefined) return json(response, 404, {})
      return method === 'POST' ? decided(payment, text, response) : shown(payment, response)
    }
    const { headers } = request
    if (headers.authorization !== protocol.authorization) return json(response, 401, {})
    if (random() < faults.failures) return json(response, 500, { error: 'on purpose' })
    const { body, status } = protocol.answer({ method, path, query: searchParams, headers, text }, desk)
    return json(response, status, body)
  }

  function shown(payment: Payment, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(paymentPage(payment))
  }

  /** `expire` has no button: time does it, or a test. */
  function decided({ key, returnUrl, status }: Payment, text: string, response: ServerResponse): void {
    const said = new Set([...new URLSearchParams(text)].flat())
    if (status === 'pending' && said.has('pay')) desk.become(key, { status: 'paid' })
    else if (status === 'pending' && said.has('decline')) desk.become(key, protocol.declined)
    else if (status === 'pending' && said.has('expire')) desk.become(key, { status: 'expired' })
    response.writeHead(303, { location: returnUrl }).end()
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const base = (): string => `http://${host}:${portOf(server)}`
  return {
    url: base(),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => undefined)
    },
  }
}

// oxlint-disable-next-line no-unsafe-type-assertion -- it listens on TCP
const portOf = (server: Server): number => (server.address() as AddressInfo).port

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > 100_000) throw new Error('too large')
  }
  return text
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
