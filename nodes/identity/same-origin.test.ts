import { describe, expect, test } from 'vitest'
import { isSafeMethod, isSameOrigin } from './same-origin.ts'

const plain = { isSecure: false }
const from = (
  origin: string | undefined,
  host = 'iot.example:1880',
): { origin: string | undefined; host: string } => ({
  origin,
  host,
})

describe('by Origin', () => {
  test.each([
    ['its own page', 'http://iot.example:1880', true],
    ['its own page, spelled in capitals', 'HTTP://IOT.example:1880', true],
    ['another site', 'http://evil.example', false],
    ['another port of the host', 'http://iot.example:3000', false],
    ['a longer host', 'http://iot.example:1880.evil.example', false],
    ['the host as a user name', 'http://iot.example:1880@evil.example', false],
    ['a sandboxed frame', 'null', false],
    ['a page from a file', 'file://', false],
    ['nothing', undefined, false],
    ['nonsense', ':::', false],
  ])('%s: %s → %s', (_, origin, expected) => {
    expect(isSameOrigin(from(origin), plain)).toBe(expected)
  })

  test('under TLS a page without TLS is another one', () => {
    expect(isSameOrigin(from('http://iot.example', 'iot.example'), { isSecure: true })).toBe(false)
    expect(isSameOrigin(from('https://iot.example', 'iot.example'), { isSecure: true })).toBe(true)
  })

  test('behind a proxy that changes Host the public address counts', () => {
    const own = { isSecure: true, publicOrigin: 'https://iot.example/' }
    expect(isSameOrigin(from('https://iot.example', '10.0.0.5:1880'), own)).toBe(true)
    expect(isSameOrigin(from('https://evil.example', '10.0.0.5:1880'), own)).toBe(false)
  })
})

test.each([
  ['same-origin', true],
  ['same-site', false],
  ['cross-site', false],
  ['none', false],
])('Sec-Fetch-Site %s decides before Origin', (secFetchSite, expected) => {
  expect(isSameOrigin({ ...from('http://iot.example:1880'), secFetchSite }, plain)).toBe(expected)
  expect(isSameOrigin({ ...from('http://10.0.0.5'), secFetchSite }, plain)).toBe(expected)
})

test('only methods that change nothing are safe', () => {
  expect(['GET', 'head', 'OPTIONS'].every(isSafeMethod)).toBe(true)
  expect(['POST', 'PUT', 'PATCH', 'DELETE', 'GETX', ''].some(isSafeMethod)).toBe(false)
})
