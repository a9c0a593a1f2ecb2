import { Agent, request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { anyValue } from './fuzz-frames.ts'
import { type DescribedOperation, sampleOf } from './openapi.ts'
import type { Random } from './random.ts'

export interface OddRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
}

export interface OddAnswer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

const names = [
  '%00',
  '%0a%0d',
  '%2e%2e%2f%2e%2e',
  '%ff',
  '%',
  '%F0%9F%92%A5',
  '%ED%A0%80',
  'a'.repeat(600),
  'a'.repeat(9000),
  '__proto__',
  'constructor',
  '$ne',
  '0',
  '-1',
  '1e309',
  'NaN',
  '*',
  "'%20OR%201=1",
] as const

const values = [
  '',
  '%00',
  '-1',
  '0',
  '1e309',
  'NaN',
  '99999999999999999999',
  '1.5',
  'true',
  '2025-13-45T99:00:00Z',
  '+275760-09-13T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '%F0%9F%92%A5',
  '%ff',
  'x'.repeat(3000),
  '{"$gt":""}',
  'eyJ2IjoxfQ',
] as const

const queryNames = [
  'limit',
  'cursor',
  'from',
  'to',
  'port',
  'ports',
  'device',
  'deviceId',
  'id',
  'classKey',
  'interval',
  'format',
  'reason',
  'near',
  'a[b]',
  'a[]',
  '__proto__',
  'constructor[prototype]',
] as const

const contentTypes = [
  'application/json',
  'text/plain',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
] as const

/** A request to this operation in which something, or a good deal, is not as it should be. */
export function oddRequest(
  random: Random,
  { bodySchema, method, path, query }: DescribedOperation,
  known: Readonly<Record<string, string>>,
): OddRequest {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    random.next() < 0.4 ? (known[name] ?? 'nobody') : random.pick(names),
  )
  const pairs = Array.from(
    { length: random.between(0, 4) },
    () => `${encodeURI(random.pick(queryNames))}=${random.pick(values)}`,
  )
  const asked = [random.next() < 0.5 ? query.slice(1) : '', ...pairs].filter((each) => each !== '')
  const headers: Record<string, string> = {}
  const odd = (name: string, ...texts: readonly [string, ...string[]]): void => {
    if (random.next() < 0.15) headers[name] = random.pick(texts)
  }
  odd('x-organization', 'nobody', 'a'.repeat(600), '__proto__', '../x')
  odd('if-match', '*', '"x"', 'W/"x"', '-1')
  odd('range', 'bytes=0-', 'bytes=9-1', 'x')
  odd('accept', 'text/html', '*/*;q=x', 'application/xml')
  odd('accept-encoding', 'gzip', 'x')
  odd('x-request-id', 'x'.repeat(500), '<script>')
  odd('x-forwarded-for', '1.2.3.4', 'x,,y')
  odd('origin', 'null', 'http://evil.example')
  const body = method === 'GET' && random.next() < 0.9 ? undefined : oddBody(random, bodySchema)
  if (body !== undefined) {
    headers['content-type'] = random.next() < 0.8 ? 'application/json' : random.pick(contentTypes)
    if (random.next() < 0.05) headers['content-encoding'] = random.pick(['gzip', 'br', 'x'])
  }
  return { method, path: `${filled}${asked.length === 0 ? '' : `?${asked.join('&')}`}`, headers, body }
}

function oddBody(random: Random, schema: unknown): Buffer | undefined {
  const kind = random.between(0, 9)
  if (kind === 0) return undefined
  if (kind === 1) return random.bytes(random.between(0, 300))
  if (kind === 2) return Buffer.from('['.repeat(random.between(1, 50_000)))
  if (kind === 3) {
    const depth = random.between(10, 20_000)
    return Buffer.from(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
  }
  if (kind === 4) return gzipSync('{"name":"x"}').subarray(0, random.between(5, 30))
  if (kind === 5 && random.next() < 0.1) return Buffer.alloc(1_100_000, ' ')
  if (kind <= 6) return Buffer.from(JSON.stringify(anyValue(random)))
  const sample: unknown = sampleOf(schema)
  const fields = Object.entries(Object(sample)).map(([name, value]) => [
    name,
    random.next() < 0.3 ? anyValue(random, 2) : value,
  ])
  if (random.next() < 0.3)
    fields.push([random.pick(['name', 'id', 'extra', 'ports', 'topics']), anyValue(random, 2)])
  const text = JSON.stringify(Object.fromEntries(fields))
  return Buffer.from(random.next() < 0.1 ? text.slice(0, -1) : text)
}

/** Requests over a few kept connections, as they are. */
export class OddClient {
  readonly #url: URL
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 })

  constructor(url: string) {
    this.#url = new URL(url)
  }

  /** Undefined where the other side closed the connection instead of answering, as it may for a body too large. */
  send({ body, headers, method, path }: OddRequest): Promise<OddAnswer | undefined> {
    return new Promise((resolve) => {
      const sent = request({
        agent: this.#agent,
        host: this.#url.hostname,
        port: this.#url.port,
        method,
        path,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) },
      })
      sent.on('error', () => resolve(undefined))
      sent.on('response', (response) => {
        const pieces: Buffer[] = []
        response.on('error', () => resolve(undefined))
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            text: Buffer.concat(pieces).toString(),
          }),
        )
      })
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
