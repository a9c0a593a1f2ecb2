import { encode } from 'cborg'
import { describe, expect, test } from 'vitest'
import { oneOf, at } from './foreign-class.fixture.ts'
import { readCbor } from './cbor.ts'
import { received } from './uplink.fixture.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('CBOR', () => {
  test.each<[string, string, unknown]>([
    // Examples of RFC 8949, appendix A.
    ['a whole number', '1903e8', 1000],
    ['a negative one', '3863', -100],
    ['one beyond 2^53', '1bffffffffffffffff', 2 ** 64],
    ['a half float', 'f93e00', 1.5],
    ['a double', 'fb3ff199999999999a', 1.1],
    ['infinity', 'f97c00', Infinity],
    ['undefined', 'f7', null],
    ['a time as text', 'c074323031332d30332d32315432303a30343a30305a', '2013-03-21T20:04:00Z'],
    ['a time in epoch seconds', 'c11a514b67b0', '2013-03-21T20:04:00.000Z'],
    ['bytes', '4401020304', 'AQIDBA=='],
    ['an object', 'a26161016162820203', { a: 1, b: [2, 3] }],
    ['numbers as keys', 'a201020304', { 1: 2, 3: 4 }],
    ['lengths that are not told before', 'bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
    ['what says that it is CBOR', 'd9d9f701', 1],
  ])('%s', (_, hex, expected) => {
    expect(readCbor(bytes(hex))).toEqual(expected)
  })

  test.each(['', 'ff', '18', '8201', `${'81'.repeat(100)}01`])('%.20s is none', (hex) => {
    expect(() => readCbor(bytes(hex))).toThrow(/./)
  })

  test('a key of an object’s own making is only a key', () => {
    const value = readCbor(encode(new Map([['__proto__', 7]])))
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(Object(value))).toEqual(['__proto__'])
  })

  test('a payload is read by paths as JSON would be', () => {
    const record = oneOf({ payload: { kind: 'cbor' }, time: { path: 'ts', format: 'auto' } })
    expect(received(encode({ ts: 1_757_160_000, v: 21.5 }), record)).toEqual(
      at([1, 21.5, '2025-09-06T12:00:00.000Z']),
    )
    expect(received(bytes('ff'), record)).toMatchObject({ readings: [], reasons: ['wrong-shape'] })
  })
})
