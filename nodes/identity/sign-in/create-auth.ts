import { setTimeout } from 'node:timers/promises'
import type { Authenticator } from '../authenticator.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Store } from '../../platform/store/port.ts'
import { createAccessTokens } from './access-token.ts'
import { type Admissions, type AdmissionsParts, createAdmissions } from './admissions.ts'
import { createAuthenticator, type VerifyDevice } from './authenticator.ts'
import { type CheckPassword, createPasswordCheck } from './credentials.ts'
import { createLoginThrottle, type LoginThrottle } from './login-throttle.ts'
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts'
import { openIdentityProvider, type ProviderSettings } from './identity-provider.ts'
import { type SingleSignOnParts, singleSignOnPath } from './single-sign-on.ts'
import { createSeal, type Seal } from './seal.ts'
import { createSecondFactors, type SecondFactors } from './second-factors.ts'
import { openUserChanges, type UserChanges } from '../user-changes.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { createSignIns, type SignIns } from './sign-ins.ts'
import { createTokenLogins } from './token-logins.ts'

export interface AuthOptions {
  readonly store: Store
  /** From `readJwtSecret`. */
  readonly jwtSecret: string
  /** Where another one comes from while this runs. */
  readonly onJwtSecretRenewed?: (take: (jwtSecret: string) => void) => void
  readonly clock: Clock
  /** From `readCredentialSecret`: second factors are sealed by it. */
  readonly credentialSecret: string
  readonly verifyDevice: VerifyDevice
  /** With it a broker that is not ours proves itself, to ask about its clients. */
  readonly brokerSecret?: () => string | undefined
  /** Browsers reach us over TLS, ours or a proxy's: the cookie is `Secure` and has the `__Host-` prefix. */
  readonly isSecure: boolean
  readonly logger: Logger
  /** Tells the other instances of a sign-out. */
  readonly bus: AdmissionsParts['bus']
  readonly every: AdmissionsParts['every']
  /** `PUBLIC_URL`; needed behind a proxy that changes the Host header. */
  readonly publicUrl?: string
  /** `OIDC_…`: people may come from there, too. Needs `publicUrl`. */
  readonly provider?: Omit<ProviderSettings, 'redirectUri'> | undefined
  readonly passwords?: PasswordHasher
  /** Resolves after so many milliseconds. */
  readonly wait?: (ms: number) => Promise<void>
}

export interface Auth {
  readonly authenticator: Authenticator
  readonly sessions: Sessions
  readonly admissions: Admissions
  readonly signIns: SignIns
  readonly passwords: PasswordHasher
  readonly throttle: LoginThrottle
  readonly checkPassword: CheckPassword
  readonly changes: UserChanges
  readonly secondFactors: SecondFactors
  /** Of tokens that wait for their mail. */
  readonly linkSeal: Seal
  /** For the sign-in page. */
  readonly singleSignOn: SingleSignOnParts | undefined
  /** Removes what has expired; call it now and then (hourly is enough). Nothing depends on it but space. */
  sweep(): Promise<void>
}

export function createAuth(options: AuthOptions): Auth {
  const { clock, isSecure, logger, store, verifyDevice } = options
  const passwords = options.passwords ?? createPasswordHasher()
  const throttle = createLoginThrottle(store, clock)
  const signIns = createSignIns(store, clock)
  const changes = openUserChanges({ store, clock, signIns })
  const secondFactors = createSecondFactors(
    createSeal(options.credentialSecret, 'second factors'),
    changes,
    clock,
  )
  const checkPassword = createPasswordCheck(
    store,
    passwords,
    throttle,
    secondFactors,
    logger,
    options.wait ?? setTimeout,
  )
  const accessTokens = createAccessTokens(options.jwtSecret, clock)
  options.onJwtSecretRenewed?.((renewed) => accessTokens.renew(renewed))
  const tokenLogins = createTokenLogins(store, signIns, accessTokens, clock, logger)
  const sessions = createSessions(checkPassword, signIns, clock, {
    isSecure,
    publicOrigin: options.publicUrl,
  })
  const admissions = createAdmissions({ signIns, bus: options.bus, log: logger, every: options.every })
  const authenticator = createAuthenticator({
    store,
    checkPassword,
    tokenLogins,
    accessTokens,
    signIns,
    sessions,
    verifyDevice,
    ...(options.brokerSecret === undefined ? {} : { brokerSecret: options.brokerSecret }),
  })
  const { provider, publicUrl } = options
  const singleSignOn: SingleSignOnParts | undefined =
    provider === undefined || publicUrl === undefined
      ? undefined
      : {
          provider: openIdentityProvider({
            ...provider,
            redirectUri: new URL(`${singleSignOnPath}/callback`, publicUrl).href,
          }),
          store,
          changes,
          sessions,
          seal: createSeal(options.credentialSecret, 'single sign-on'),
          clock,
          isSecure,
          log: logger,
        }
  return {
    authenticator,
    sessions,
    admissions,
    signIns,
    passwords,
    throttle,
    checkPassword,
    changes,
    secondFactors,
    linkSeal: createSeal(options.credentialSecret, 'password links'),
    singleSignOn,
    async sweep() {
      await throttle.sweep()
      await signIns.sweep()
    },
  }
}
