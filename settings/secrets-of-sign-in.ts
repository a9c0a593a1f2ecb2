import type { AuthOptions } from '../nodes/identity/sign-in/create-auth.ts'
import { strongJwtSecret } from '../nodes/identity/sign-in/secrets.ts'
import type { Settings } from './env.ts'
import type { FollowedSecrets } from './follow-secrets.ts'

/** What signing in has of secrets that may be others by and by. */
export function secretsOfSignIn(
  { OIDC_CLIENT_ID: clientId, OIDC_ISSUER: issuer }: Settings,
  secrets: FollowedSecrets,
): Pick<AuthOptions, 'brokerSecret' | 'onJwtSecretRenewed' | 'provider'> {
  return {
    brokerSecret: () => secrets.now.MQTT_HOOK_SECRET,
    onJwtSecretRenewed: (take) =>
      secrets.onRenewed(['JWT_SECRET'], ({ JWT_SECRET }) => {
        if (JWT_SECRET !== undefined) take(strongJwtSecret(JWT_SECRET))
      }),
    // The identity provider that people may come from, if there is one.
    provider:
      issuer === undefined || clientId === undefined
        ? undefined
        : { issuer, clientId, clientSecret: () => secrets.now.OIDC_CLIENT_SECRET },
  }
}
