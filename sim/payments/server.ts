/** A provider of payments of no real money, over HTTP: pages to pay at, webhooks, refunds, and what goes wrong with them. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { SandboxCheckout } from '../../engines/payments/sandbox.ts'
import { noFaults, type PaymentFaults } from './faults.ts'
import { paymentPage } from './page.ts'
import { tellOf } from './webhooks.ts'

export interface SandboxServerOptions {
  readonly port: number
  readonly host?: string
  readonly secret: string
  readonly faults?: PaymentFaults
  readonly random?: () => number
}

export interface SandboxServer extends AsyncDisposable {
  readonly url: string
}

const wantedSchema = z.object({
  reference: z.string().min(1),
  amountMinor: z.int().min(1),
  currency: z.string().length(3),
  description: z.string(),
  returnUrl: z.url(),
  webhookUrl: z.url(),
})
interface Kept {
  checkout: SandboxCheckout
  readonly wanted: z.output<typeof wantedSchema>
  readonly createdAtMs: number
}

export async function startSandbox(options: SandboxServerOptions): Promise<SandboxServer> {
  const { faults = noFaults, host = '127.0.0.1', port, random = Math.random, secret } = options
  const kept = new Map<string, Kept>()
  const stopping = new AbortController()

  const become = (one: Kept, status: SandboxCheckout['status']): void => {
    one.checkout = { ...one.checkout, status }
    tellOf(one.checkout, one.wanted.webhookUrl, secret, faults, stopping.signal).catch(() => undefined)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', base())
    const [first = '', id = '', action = ''] = pathname.slice(1).split('/')
    const one = kept.get(id)
    const text = request.method === 'POST' ? await textOf(request) : ''
    if (first === 'pay') return one === undefined ? notFound(response) : page(one, request, response, text)
    if (first !== 'checkouts') return notFound(response)
    if (request.headers.authorization !== `Bearer ${secret}`) return json(response, 401, {})
    if (random() < faults.failures) return json(response, 500, { error: 'on purpose' })
    if (id === '' && request.method === 'POST') return create(response, text)
    if (id === '') {
      const [fromMs, toMs] = [Number(searchParams.get('from')), Number(searchParams.get('to'))]
      const items = [...kept.values()]
        .filter(({ createdAtMs }) => createdAtMs >= fromMs && createdAtMs < toMs)
        .map(({ checkout }) => checkout)
      return json(response, 200, { items })
    }
    if (one === undefined) return notFound(response)
    if (action === 'refund' && one.checkout.status === 'paid') become(one, 'refunded')
    else if (action === 'refund' && one.checkout.status !== 'refunded')
      return json(response, 409, { error: 'it was not paid' })
    return json(response, 200, one.checkout)
  }

  function create(response: ServerResponse, text: string): void {
    const wanted = wantedSchema.safeParse(jsonOf(text))
    if (!wanted.success) return json(response, 400, { error: wanted.error.message })
    const { amountMinor, currency, reference } = wanted.data
    const known = [...kept.values()].find(({ checkout }) => checkout.reference === reference)
    if (known !== undefined) return json(response, 200, known.checkout)
    const id = `co_${randomUUID()}`
    const checkout = {
      id,
      reference,
      status: 'pending',
      amountMinor,
      currency,
      url: `${base()}/pay/${id}`,
    } as const
    kept.set(id, { checkout, wanted: wanted.data, createdAtMs: Date.now() })
    return json(response, 201, checkout)
  }

  function page(one: Kept, request: IncomingMessage, response: ServerResponse, text: string): void {
    if (request.method === 'POST') {
      const said = new Set([...new URLSearchParams(text)].flat())
      if (one.checkout.status === 'pending' && said.has('pay')) become(one, 'paid')
      else if (one.checkout.status === 'pending' && said.has('decline')) become(one, 'failed')
      response.writeHead(303, { location: one.wanted.returnUrl }).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(paymentPage(one.checkout, one.wanted.description))
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

const notFound = (response: ServerResponse): void => json(response, 404, {})

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
