/** Whoever is told: receivers of webhooks, mails, SMS, FCM and Web Push over their real protocols, with faults. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { noFaults, type ReceiverFaults } from './faults.ts'
import { startMailServer } from './mail-server.ts'
import { type HttpMessage, readFcm, readSms, readWebhook, readWebPush } from './protocols.ts'
import { newPushSubscriber } from './push-subscriber.ts'
import type { Reading, Received } from './received.ts'

export interface ReceiversOptions {
  /** 0 for a free one. */
  readonly port: number
  readonly smtpPort?: number
  readonly host?: string
  /** Of webhooks: `whsec_` and a key in base64. */
  readonly secret: string
  readonly faults?: ReceiverFaults
  readonly onReceived?: (received: Received) => void
}

export interface Receivers extends AsyncDisposable {
  /** Of the webhook. */
  readonly url: string
  /** What stands for Twilio and FCM. */
  readonly base: string
  readonly smtpUrl: string
  /** As a browser would give it. */
  readonly subscription: {
    readonly endpoint: string
    readonly keys: { readonly p256dh: string; readonly auth: string }
  }
  /** In order, refused and faulty ones too. */
  readonly received: readonly Received[]
}

const maxBytes = 1_000_000

export async function startReceivers({
  faults = noFaults,
  host = '127.0.0.1',
  onReceived,
  port,
  secret,
  smtpPort = 0,
}: ReceiversOptions): Promise<Receivers> {
  const subscriber = newPushSubscriber()
  const accessToken = randomUUID()
  const received: Received[] = []
  const known = new Set<string>()

  function note(one: Omit<Received, 'isRepeat'>): void {
    const key = `${one.kind} ${one.to} ${one.id}`
    const isTaken = one.answer !== 'reset' && one.answer !== 'timeout' && one.answer < 300
    const full = { ...one, isRepeat: one.id !== null && known.has(key) }
    if (isTaken) known.add(key)
    received.push(full)
    onReceived?.(full)
  }

  function read(message: HttpMessage): Reading | undefined {
    const { path } = message
    if (path.startsWith('/webhook')) return readWebhook(message, secret)
    if (/^\/2010-04-01\/Accounts\/[^/]+\/Messages\.json$/.test(path)) return readSms(message)
    if (/^\/v1\/projects\/[^/]+\/messages:send$/.test(path)) return readFcm(message, accessToken)
    return path.startsWith('/push/') ? readWebPush(message, subscriber) : undefined
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const message = {
      path: new URL(request.url ?? '/', base).pathname,
      headers: textsOf(request),
      body: await bytesOf(request),
    }
    // By RFC 7523; the assertion is Google's to judge, and not judged here.
    if (message.path === '/token') return json(response, 200, { access_token: accessToken, expires_in: 3600 })
    const reading = request.method === 'POST' ? read(message) : undefined
    if (reading === undefined) return json(response, 404, { error: 'there is nothing here' })
    const { answer, gone, id, kind, refusal, text, to } = reading
    const noted = { kind, to, id, text, headers: message.headers }
    if (refusal !== undefined) {
      note({ ...noted, answer: refusal.status, refusal: refusal.reason })
      return json(response, refusal.status, { error: refusal.reason })
    }
    const fault = faults.next()
    const status = fault === 410 ? (gone?.status ?? 410) : (fault ?? answer.status)
    note({ ...noted, answer: status })
    if (status === 'timeout') return undefined
    await pause(faults.slowMs)
    if (status === 'reset') return void request.socket.resetAndDestroy()
    if (fault === undefined) return json(response, status, answer.body, answer.headers)
    const isRedirect = status >= 300 && status < 400
    return json(
      response,
      status,
      fault === 410 ? gone?.body : undefined,
      isRedirect ? { location: base } : {},
    )
  }

  const server = createServer((request, response) => {
    take(request, response).catch(() => request.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const base = `http://${host}:${address !== null && typeof address === 'object' ? address.port : port}`
  const mail = await startMailServer({ host, port: smtpPort, faults, received: note })
  return {
    base,
    url: `${base}/webhook`,
    smtpUrl: `smtp://anybody:anything@${host}:${mail.port}`,
    subscription: { endpoint: `${base}/push/browser`, keys: subscriber.keys },
    received,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await mail[Symbol.asyncDispose]()
    },
  }
}

const textsOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > maxBytes) throw new Error('too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function json(
  response: ServerResponse,
  status: number,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...headers,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
