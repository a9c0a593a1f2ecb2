import { expect, test } from 'vitest'
import { accessCodeCollection } from '../nodes/access/access-codes.ts'
import { codeKeyOf, codeOf } from '../nodes/access/code.ts'
import { useInstances } from '../nodes/platform/kit/jobs/instances.fixture.ts'
import { openCodeKey } from './open-code-key.ts'

const instances = useInstances(Date.UTC(2026, 2, 2, 9))
const secrets = {
  credentialSecret: 'kT3v9Zr1XqLw8sBn5mYcJ0hUe7aGd2fP',
  jwtSecret: 'Zq8LxW2vRt6YpN4sKd9FhJ3gBm7CcE1a',
}
const DOOR_CODE_SECRET = 'Wd5v9Zr1XqLw8sBn5mTgJ0hUe7aGd2fP'

const codeWith = async (
  settings: { readonly DOOR_CODE_SECRET?: string },
  changes: Partial<typeof secrets> = {},
): Promise<string> => {
  const key = await openCodeKey(settings, instances.store, { ...secrets, ...changes })
  return codeOf(key, 'acme', 'b1', 0)
}
const issueCode = () =>
  instances.store
    .organization('acme')
    .collection(accessCodeCollection)
    .insert({ id: 'b1', podId: 'p1', liveHash: '5f0c', n: 0, issuedIn: null })

test('a code of before the upgrade stays, also when JWT_SECRET changes afterwards', async () => {
  await issueCode()
  const code = codeOf(codeKeyOf(secrets.jwtSecret), 'acme', 'b1', 0)
  expect(await codeWith({})).toBe(code)
  expect(await codeWith({}, { jwtSecret: 'another, of forty-two random characters…' })).toBe(code)
})

test('DOOR_CODE_SECRET goes before what is kept, and without it that is back', async () => {
  const kept = await codeWith({})
  await issueCode()
  expect(await codeWith({ DOOR_CODE_SECRET })).toBe(codeOf(codeKeyOf(DOOR_CODE_SECRET), 'acme', 'b1', 0))
  expect(await codeWith({})).toBe(kept)
})

test('a start with another CREDENTIAL_SECRET says what to do, and does not change the codes of guests', async () => {
  await codeWith({})
  await issueCode()
  const lost = { credentialSecret: 'another, of forty-two random characters…' }
  await expect(codeWith({}, lost)).rejects.toThrow(/CREDENTIAL_SECRET.*DOOR_CODE_SECRET/)
  expect(await codeWith({ DOOR_CODE_SECRET }, lost)).toMatch(/^\d{6}$/)
})
