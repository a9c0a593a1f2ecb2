import { expect, test } from 'vitest'
import { keyedHashOf } from '../platform/keyed-hash.ts'
import { codeSetOf, entryOf, epochCodeOf, epochKeyOf } from './epoch.ts'

const key = keyedHashOf('a secret of the platform, long enough', 'fleetloom access codes')
const some = '4f1c'.repeat(16)

/**
 * Made with `printf %s 482913 | openssl dgst -sha256 -hmac 4f1c…`, so that whoever builds a lock finds that another library
 * comes to the same.
 */
test.each([
  [some, '482913', '4220c8c7ad8ef31707a6ee5995af311885998283f44af2ada5e20973e97709e7'],
  [some, '000000', '7286859bed0a7b355951f7d708a23bf59ae52139d9198db1d83b496384e78f67'],
  ['00'.repeat(32), '482913', '9ee136b3da7f00318d76791b382138dd1497f43c9ff357f6b247fe557d61a6e8'],
])('under %s the entry of %s is as the vector says', (epochKey, code, entry) => {
  expect(entryOf(epochKey, code)).toBe(entry)
})

/** From `printf code/b-1/0/0 | openssl dgst -sha256 -hmac 4f1c…`: 1b3c5955… and 430b96a3… */
test.each([
  ['b-1', String(0x1b3c5955 % 1_000_000)],
  ['b-2', String(0x430b96a3 % 1_000_000)],
])('the first code of %s is as the vector says', (bookingId, code) => {
  expect(epochCodeOf(some, bookingId, 0)).toBe(code.padStart(6, '0'))
})

test('a set has no code in clear, and another key in each epoch, pod and organization', () => {
  const codes = [{ bookingId: 'b-1', n: 0, issuedIn: 1, fromMs: 0, untilMs: 3_600_000 }]
  const set = codeSetOf(key, 'acme', 'p1', { mode: 'offline', epoch: 2, codes })
  const code = epochCodeOf(epochKeyOf(key, 'acme', 'p1', 1), 'b-1', 0)
  expect(JSON.stringify(set)).not.toContain(code)
  expect(set.codes).toEqual([
    {
      hash: entryOf(set.key, code),
      from: '1970-01-01T00:00:00.000Z',
      until: '1970-01-01T01:00:00.000Z',
      bookingId: 'b-1',
    },
  ])
  const keys = [
    set.key,
    epochKeyOf(key, 'acme', 'p1', 1),
    epochKeyOf(key, 'acme', 'p2', 2),
    epochKeyOf(key, 'other', 'p1', 2),
  ]
  expect(new Set(keys).size).toBe(4)
})

test('a code stays what it is when others are taken back, and one from before keeps its digits', () => {
  const codes = [
    { bookingId: 'b-1', n: 0, issuedIn: 1, fromMs: 0, untilMs: 1 },
    { bookingId: 'b-0', n: 0, issuedIn: null, fromMs: 0, untilMs: 1 },
  ]
  const sets = [2, 3].map((epoch) => codeSetOf(key, 'acme', 'p1', { mode: 'offline', epoch, codes }))
  const code = epochCodeOf(epochKeyOf(key, 'acme', 'p1', 1), 'b-1', 0)
  for (const set of sets) expect(set.codes[0]?.hash).toBe(entryOf(set.key, code))
  expect(sets[0]?.codes[0]?.hash).not.toBe(sets[1]?.codes[0]?.hash)
})
