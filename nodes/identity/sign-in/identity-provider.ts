import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  type Configuration,
  discovery,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { z } from 'zod'

export interface ProviderSettings {
  /** `OIDC_ISSUER`: its description is below, at `.well-known/openid-configuration`. */
  readonly issuer: string
  readonly clientId: string
  /** None for a client that proves itself by PKCE alone. */
  readonly clientSecret?: (() => string | undefined) | undefined
  /** Where it sends people back to. */
  readonly redirectUri: string
}

/** What whoever comes back has to bring again; kept with the browser, sealed. */
export const startedSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
})
export type Started = z.output<typeof startedSchema>

/** Who the provider says it is. */
export interface Claims {
  /** Its issuer and its name for them: what they are known by for good. */
  readonly subject: string
  /** Only one that it has made sure is theirs. */
  readonly verifiedEmail: string | undefined
}

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string().min(1),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
})

/** OpenID Connect, authorization code with PKCE (RFC 7636), by a certified client. */
export interface IdentityProvider {
  /** @throws while the provider cannot be asked what it is like */
  begin(): Promise<{ readonly url: string; readonly started: Started }>
  /** @param query of the address that it sent them back to. @throws when the provider does not vouch for them */
  finish(query: string, started: Started): Promise<Claims>
}

const timeoutSeconds = 10

export function openIdentityProvider(settings: ProviderSettings): IdentityProvider {
  const { clientId, redirectUri } = settings
  let found: Promise<Configuration> | undefined
  let foundWith: string | undefined

  /** Asked for once it is needed, and again when that failed or the secret is another: the platform starts without it. */
  function configuration(): Promise<Configuration> {
    const issuer = new URL(settings.issuer)
    const clientSecret = settings.clientSecret?.()
    if (clientSecret !== foundWith) found = undefined
    foundWith = clientSecret
    const execute = issuer.protocol === 'http:' ? [allowInsecureRequests] : []
    found ??= discovery(
      issuer,
      clientId,
      undefined,
      clientSecret === undefined ? None() : ClientSecretBasic(clientSecret),
      { execute, timeout: timeoutSeconds },
    ).catch((error: unknown) => {
      found = undefined
      throw error
    })
    return found
  }

  return {
    async begin() {
      const started = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: 'openid email',
        code_challenge: await calculatePKCECodeChallenge(started.verifier),
        code_challenge_method: 'S256',
        state: started.state,
        nonce: started.nonce,
      })
      return { url: url.href, started }
    },

    async finish(query, { nonce, state, verifier }) {
      const tokens = await authorizationCodeGrant(await configuration(), new URL(`${redirectUri}${query}`), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      })
      const claims = claimsSchema.parse(tokens.claims())
      return {
        subject: `${claims.iss} ${claims.sub}`,
        verifiedEmail: claims.email_verified === true ? claims.email : undefined,
      }
    },
  }
}
