import { expect, test } from 'vitest'
import express from 'express'
import { clientAddress, parseTrustedProxies, type Trust, type TrustedProxies } from './client-address.ts'

test.each<[string, TrustedProxies]>([
  ['off', false],
  ['2', 2],
  ['loopback', ['loopback']],
  ['loopback, 10.0.0.0/8,fd00::/8,192.0.2.7', ['loopback', '10.0.0.0/8', 'fd00::/8', '192.0.2.7']],
])('TRUST_PROXY=%s', (text, meant) => {
  expect(parseTrustedProxies(text)).toEqual(meant)
})

test.each([
  '',
  'on',
  '-1',
  '100',
  'all',
  '10.0.0.0/33',
  '10.0.0/8',
  'fd00::/129',
  '10.0.0.1/8/8',
  'proxy.example',
])('TRUST_PROXY=%s is a mistake', (text) => {
  expect(parseTrustedProxies(text)).toBeUndefined()
})

const addressWith = (trusted: TrustedProxies, remoteAddress: string, forwarded?: string): string => {
  const app = express()
  app.set('trust proxy', trusted)
  const trust: Trust = app.get('trust proxy fn')
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return clientAddress(trust)({ headers, socket: Object.assign(Object.create(null), { remoteAddress }) })
}

test.each<[string, TrustedProxies, string, string | undefined, string]>([
  ['nobody in between', ['loopback'], '203.0.113.7', undefined, '203.0.113.7'],
  ['a stranger who says somebody else', ['loopback'], '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['a proxy on this machine', ['loopback'], '127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['what the client made up before it', ['loopback'], '127.0.0.1', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
  [
    'a proxy in the container network',
    ['172.16.0.0/12'],
    '::ffff:172.18.0.2',
    '198.51.100.1',
    '198.51.100.1',
  ],
  ['two hops', 2, '172.18.0.2', '9.9.9.9, 198.51.100.1, 172.18.0.3', '198.51.100.1'],
  ['nobody is believed', false, '127.0.0.1', '198.51.100.1', '127.0.0.1'],
  ['rubbish', ['loopback'], '127.0.0.1', 'unknown, ,', '127.0.0.1'],
])('%s', (_, trusted, remote, forwarded, client) => {
  expect(addressWith(trusted, remote, forwarded)).toBe(client)
})
