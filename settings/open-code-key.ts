import { randomBytes } from 'node:crypto'
import { codeKeyOf, rawCodeKeyOf } from '../nodes/access/code.ts'
import { keptCodeKey } from '../nodes/access/kept-code-key.ts'
import { createSeal } from '../nodes/identity/sign-in/seal.ts'
import { SecretRefused } from '../nodes/identity/sign-in/secrets.ts'
import { type KeyedHash, keyedHashWith } from '../nodes/platform/keyed-hash.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import type { Settings } from './env.ts'

/** What codes of doors are made with: by the setting, or as it is kept. @throws SecretRefused when that cannot be opened */
export async function openCodeKey(
  { DOOR_CODE_SECRET }: Pick<Settings, 'DOOR_CODE_SECRET'>,
  store: Store,
  { credentialSecret, jwtSecret }: { readonly credentialSecret: string; readonly jwtSecret: string },
): Promise<KeyedHash> {
  if (DOOR_CODE_SECRET !== undefined) return codeKeyOf(DOOR_CODE_SECRET)
  const seal = createSeal(credentialSecret, 'key of access codes')
  const key = await keptCodeKey({
    before: rawCodeKeyOf(jwtSecret),
    fresh: new Uint8Array(randomBytes(32)),
    seal,
    store,
  })
  if (key !== undefined) return keyedHashWith(key)
  throw new SecretRefused(
    'The key of door codes was sealed with another CREDENTIAL_SECRET. Bring that back; or set DOOR_CODE_SECRET, and show guests their codes anew.',
  )
}
