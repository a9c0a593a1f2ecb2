import { BlockList, isIP } from 'node:net'

/**
 * What is no address of the public internet, by IANA's registries of special-purpose addresses (RFC 6890 and those after it),
 * and what stands for an IPv4 address in IPv6: that may be any.
 */
const special = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  special.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  special.addSubnet(network, bits, 'ipv6')
/** Everything else of IPv6 is special, or nobody's yet. */
const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')

export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  return family === 6 && global.check(address, 'ipv6') && !special.check(address, 'ipv6')
}

/** The address that a URL's host is, however it was written; undefined for a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) === 0 ? undefined : bare
}

/** Why nothing is sent to a URL, as far as it says by itself; undefined when its name has to be looked up. */
export function faultOfUrl(text: string, allowPrivateAddress = false): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL'
  const { hostname, password, protocol, username } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://'
  if (username !== '' || password !== '') return 'must not have a user or password in it'
  const address = literalAddress(hostname)
  const isLocalName = /^(?:.*\.)?localhost\.?$/i.test(hostname)
  if (allowPrivateAddress || (!isLocalName && (address === undefined || isPublicAddress(address))))
    return undefined
  return 'leads to a private address'
}
