import { lookup as systemLookup } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import {
  type Outgoing,
  type OutgoingAnswer,
  type OutgoingRequest,
  RefusedAddress,
} from '../../nodes/platform/outgoing/port.ts'
import { faultOfUrl, isPublicAddress, literalAddress } from '../../nodes/platform/outgoing/public-address.ts'

export interface Address {
  readonly address: string
  readonly family: number
}

/** All addresses of a name. */
export type Lookup = (hostname: string) => Promise<readonly Address[]>

const maxAnswerBytes = 64 * 1024
const usualTimeoutMs = 10_000

/** @param lookup for tests */
export function openSafeHttp(lookup: Lookup = (name) => systemLookup(name, { all: true })): Outgoing {
  return {
    async send(request) {
      const { allowPrivateAddress = false, signal, timeoutMs = usualTimeoutMs, url } = request
      const fault = faultOfUrl(url, allowPrivateAddress)
      if (fault !== undefined) throw new RefusedAddress(`the URL ${fault}`)
      const limits = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]
      const ended = AbortSignal.any(limits)
      const { hostname } = new URL(url)
      const address = await within(ended, checkedAddress(lookup, hostname, allowPrivateAddress))
      return exchange(request, address, ended)
    },
  }
}

/** The one that the socket goes to. One that must not be reached among them is reason enough to reach none. */
async function checkedAddress(
  lookup: Lookup,
  hostname: string,
  allowPrivate: boolean,
): Promise<Address | undefined> {
  if (literalAddress(hostname) !== undefined) return undefined
  const [first, ...others] = await lookup(hostname)
  if (first === undefined) throw new Error(`${hostname} has no address`)
  if (!allowPrivate && [first, ...others].some(({ address }) => !isPublicAddress(address)))
    throw new RefusedAddress(`${hostname} leads to a private address`)
  return first
}

/** Whatever the name says by then, it is not asked again. */
const pinnedTo =
  ({ address, family }: Address): LookupFunction =>
  (_, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }])
    else callback(null, address, family)
  }

function exchange(
  { body, headers, method, url }: OutgoingRequest,
  address: Address | undefined,
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp
    const request = send(url, {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      // One of its own, since a connection that is kept was checked for another request.
      agent: false,
      signal,
      ...(address === undefined ? {} : { lookup: pinnedTo(address) }),
    })
    request.on('error', (error) => reject(signal.aborted ? new Error('no answer in time') : error))
    request.on('response', (response) => {
      firstOf(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: plainHeaders(response), text }),
        reject,
      )
    })
    request.end(body)
  })
}

async function firstOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    chunks.push(chunk)
    size += chunk.length
    // Leaving the loop closes the connection.
    if (size >= maxAnswerBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString()
}

const plainHeaders = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

/** A lookup can't be called off, but nobody has to wait for it. */
async function within<T>(signal: AbortSignal, task: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(new Error('no answer in time'))
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([task, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
