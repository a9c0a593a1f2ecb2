import { expect, test } from 'vitest'
import { createSeal } from '../identity/sign-in/seal.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { accessCodeCollection } from './access-codes.ts'
import { codeKeyOf, codeOf, rawCodeKeyOf } from './code.ts'
import { codeKeyCollection, keptCodeKey } from './kept-code-key.ts'
import { keyedHashWith } from '../platform/keyed-hash.ts'

const instances = useInstances(Date.UTC(2026, 2, 2, 9))
const purpose = 'key of access codes'
const seal = createSeal('the secret that seals, long enough', purpose)
const before = rawCodeKeyOf('the secret of access tokens, once')
let made = 0
const fresh = (): Uint8Array => new Uint8Array(32).fill((made += 1))
const renewed = rawCodeKeyOf('the secret of access tokens, later')

async function issueCode(): Promise<void> {
  const codes = instances.open('a').store.organization('acme').collection(accessCodeCollection)
  await codes.insert({ id: 'b1', podId: 'p1', liveHash: '5f0c', n: 0, issuedIn: null })
}
const keep = (parts: Partial<Parameters<typeof keptCodeKey>[0]> = {}): Promise<Uint8Array | undefined> =>
  keptCodeKey({ store: instances.open('a').store, seal, before, fresh: fresh(), ...parts })

test('where no code was made, the key has to do with no other secret, and is the same from then on', async () => {
  const key = await keep()
  expect(key).toHaveLength(32)
  expect(key).not.toEqual(before)
  await issueCode()
  expect(await keep({ before: renewed })).toEqual(key)
})

test('codes of before the key stay, also when the secret that they were made with becomes another', async () => {
  await issueCode()
  const key = await keep()
  expect(key).toEqual(before)
  expect(await keep({ before: renewed })).toEqual(before)
  expect(codeOf(keyedHashWith(before), 'acme', 'b1', 0)).toBe(
    codeOf(codeKeyOf('the secret of access tokens, once'), 'acme', 'b1', 0),
  )
})

test('instances that start at once have the same', async () => {
  const keys = await Promise.all(['a', 'b', 'c'].map((name) => keep({ store: instances.open(name).store })))
  expect(new Set(keys.map((key) => Buffer.from(key ?? []).toString('hex'))).size).toBe(1)
})

test('it is in the store only sealed', async () => {
  const key = await keep()
  const kept = await instances.open('a').store.platform(codeKeyCollection).get('current')
  const text = JSON.stringify(kept)
  for (const encoding of ['base64', 'base64url', 'hex'] as const)
    expect(text).not.toContain(Buffer.from(key ?? []).toString(encoding))
})

test('one that cannot be opened any more is made anew only as long as no code needs it', async () => {
  const lost = await keep()
  const another = createSeal('another secret that seals, as long', purpose)
  const key = await keep({ seal: another })
  expect(key).toHaveLength(32)
  expect(key).not.toEqual(lost)
  await issueCode()
  expect(await keep()).toBeUndefined()
  expect(await keep({ seal: another })).toEqual(key)
})
