import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Express's `trust proxy`: nobody, the last so many hops, or these addresses and networks. */
export type TrustedProxies = false | number | readonly string[]

const named = new Set(['loopback', 'linklocal', 'uniquelocal'])

/** What `TRUST_PROXY` says; undefined where it says nothing that can be meant. */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  if (text === 'off') return false
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const parts = text.split(',').map((part) => part.trim())
  return parts.every((part) => named.has(part) || isNetwork(part)) ? parts : undefined
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** Whether what this address says about whom it forwards for is believed; `hop` counts from this server. */
export type Trust = (address: string, hop: number) => boolean

/** Who sent a request, as `request.ip` of Express, for requests that Express never sees: those that ask for a socket. */
export type AddressOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string

export const clientAddress =
  (trust: Trust): AddressOf =>
  ({ headers, socket }) => {
    const forwarded = [headers['x-forwarded-for']].flat().join(',').split(',')
    const hops = [socket.remoteAddress ?? 'unknown', ...forwarded.map((each) => each.trim()).toReversed()]
    const found = hops.findIndex((address, hop) => !trust(address, hop) || isIP(hops[hop + 1] ?? '') === 0)
    return hops[found] ?? 'unknown'
  }
