import type { AuthOptions } from '../nodes/identity/sign-in/create-auth.ts'
import type { Settings } from './env.ts'

/** The identity provider that people may come from; undefined unless there is one. */
export function providerOf({
  OIDC_CLIENT_ID: clientId,
  OIDC_CLIENT_SECRET: clientSecret,
  OIDC_ISSUER: issuer,
}: Settings): AuthOptions['provider'] {
  return issuer === undefined || clientId === undefined ? undefined : { issuer, clientId, clientSecret }
}
