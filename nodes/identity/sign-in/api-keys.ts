import { digestOf, newSecret } from './opaque-secret.ts'

/** What the secrets of API keys begin with, so that they are told from access tokens, and found by secret scanners. */
export const apiKeyPrefix = 'flk_'

/** The secret goes to whoever asked for it; what is kept, and names the key, is its hash. */
export function newApiKey(): { readonly id: string; readonly secret: string } {
  const secret = newSecret(apiKeyPrefix)
  return { id: digestOf(secret), secret }
}
