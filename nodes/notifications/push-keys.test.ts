import { createECDH } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pushKeys } from './push-keys.fixture.ts'
import { pushKeysSchema } from './push-keys.ts'

const { auth, p256dh } = pushKeys
const faultsOf = (keys: object) =>
  pushKeysSchema.safeParse(keys).error?.issues.map(({ message, path }) => `${path.join('.')} ${message}`)
const changed = (at: number, byte: number): string => {
  const bytes = Buffer.from(p256dh, 'base64url')
  bytes[at] = byte
  return bytes.toString('base64url')
}

test('those of the example in RFC 8291 are keys, padded or not', () => {
  expect(faultsOf(pushKeys)).toBeUndefined()
  expect(faultsOf({ p256dh: `${p256dh}=`, auth: `${auth}==` })).toBeUndefined()
})

test.each([
  ['one byte of which is another', changed(40, 0)],
  ['in the form that has the sign of Y in its first byte', changed(0, 6)],
  ['that is the point at infinity', Buffer.alloc(65).toString('base64url')],
])('a point %s is none', (_, point) => {
  expect(faultsOf({ auth, p256dh: point })).toEqual(['p256dh must be a public key on the curve P-256'])
})

test('what is too short or no base64url is told as such', () => {
  expect(faultsOf({ auth: auth.slice(1), p256dh: p256dh.slice(1) })).toEqual([
    'p256dh must be 65 bytes, base64url',
    'auth must be 16 bytes, base64url',
  ])
  expect(faultsOf({ auth: `${auth.slice(1)}+`, p256dh })).toEqual(['auth must be 16 bytes, base64url'])
})

test('whatever is taken has a secret in common with others', () => {
  const own = createECDH('prime256v1')
  own.generateKeys()
  const bytes = fc.uint8Array({ minLength: 65, maxLength: 65 })
  const anything = bytes.map((some) => Buffer.from(some).toString('base64url'))
  const nearly = fc.tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: 255 }))
  const keys = fc.oneof(
    anything,
    nearly.map(([at, byte]) => changed(at, byte)),
  )
  fc.assert(
    fc.property(keys, (point) => {
      const isTaken = faultsOf({ auth, p256dh: point }) === undefined
      return !isTaken || own.computeSecret(point, 'base64url').length === 32
    }),
    { examples: [[p256dh]] },
  )
})
