import type { Authentication, Authenticator, RequestCredentials } from '../authenticator.ts'
import { devicePermissions } from '../roles.ts'
import { isSafeMethod } from '../same-origin.ts'
import { toUserView, userCollection } from '../user.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import type { Store } from '../../platform/store/port.ts'
import type { AccessTokens } from './access-token.ts'
import { apiKeyPrefix } from './api-keys.ts'
import { parseBasic } from './basic-credentials.ts'
import type { CheckPassword } from './credentials.ts'
import type { Sessions } from './sessions.ts'
import type { SignIns } from './sign-ins.ts'
import { digestOf } from './opaque-secret.ts'
import type { TokenLogins } from './token-logins.ts'

type DeviceOwner = { readonly orgId: string } | undefined
/** Whose device it is, when the password is right and the device may connect. */
export type VerifyDevice = (deviceId: string, password: string) => DeviceOwner | Promise<DeviceOwner>

export interface AuthenticatorParts {
  readonly store: Store
  readonly checkPassword: CheckPassword
  readonly tokenLogins: TokenLogins
  readonly accessTokens: AccessTokens
  readonly signIns: SignIns
  readonly sessions: Sessions
  readonly verifyDevice: VerifyDevice
  /** Asked each time: it may be another one by then. */
  readonly brokerSecret?: () => string | undefined
}

/** A broker asks about its clients and does nothing else. */
const broker: Authentication = {
  kind: 'authenticated',
  principal: {
    kind: 'service',
    name: 'broker',
    orgId: undefined,
    permissions: ['modules:broker:access:decide'],
  },
}
const anonymous: Authentication = { kind: 'anonymous' }
const rejected = (reason: string): Authentication => ({ kind: 'rejected', reason })

export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  const { accessTokens, checkPassword, sessions, signIns, tokenLogins, verifyDevice } = parts
  const users = parts.store.platform(userCollection)

  async function byApiKey(secret: string): Promise<Authentication> {
    const found = await signIns.findKey(digestOf(secret))
    if (found === undefined) return rejected('API key')
    return { kind: 'authenticated', principal: found.principal }
  }

  async function byToken(token: string): Promise<Authentication> {
    const verified = await accessTokens.verify(token)
    if (verified.kind === 'invalid') return rejected(verified.reason)
    const { userId, signInId } = verified.claims
    const found = await signIns.find('token', signInId)
    if (found?.user.id !== userId) return rejected('signed out or disabled')
    return { kind: 'authenticated', principal: found.principal }
  }

  async function byDevicePassword(encoded: string): Promise<Authentication> {
    const pair = parseBasic(encoded)
    const owner = pair === undefined ? undefined : await verifyDevice(pair.username, pair.password)
    if (pair === undefined || owner === undefined) return rejected('device credential')
    return {
      kind: 'authenticated',
      principal: {
        kind: 'device',
        deviceId: pair.username,
        orgId: owner.orgId,
        permissions: devicePermissions,
      },
    }
  }

  function byHeader(authorization: string): Promise<Authentication> {
    const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? []
    if (/^bearer$/i.test(scheme)) {
      const brokerSecret = parts.brokerSecret?.()
      const isBroker = brokerSecret !== undefined && nodeSecrets.isSame(value, brokerSecret)
      if (isBroker) return Promise.resolve(broker)
      return value.startsWith(apiKeyPrefix) ? byApiKey(value) : byToken(value)
    }
    if (/^basic$/i.test(scheme)) return byDevicePassword(value)
    return Promise.resolve(rejected('authorization scheme'))
  }

  async function bySession(request: RequestCredentials): Promise<Authentication> {
    const found = await sessions.find(request.cookie)
    if (found === undefined) return rejected('session')
    if (!isSafeMethod(request.method) && !sessions.isOwnOrigin(request)) {
      return {
        kind: 'cross-site',
        reason: `${request.method} with a session from ${request.origin ?? 'nowhere'}`,
      }
    }
    return { kind: 'authenticated', principal: found.principal }
  }

  return {
    // What is said outright comes before what a browser adds by itself.
    authenticate: async (request) => {
      if (request.authorization !== undefined) return byHeader(request.authorization)
      return sessions.isPresented(request.cookie) ? bySession(request) : anonymous
    },

    async login(email, password, address, code) {
      const proof = await checkPassword(email, password, address, { code })
      if (proof.kind !== 'proved') return proof
      const tokens = await tokenLogins.open(proof.user, address)
      return { kind: 'welcome', user: toUserView(proof.user), tokens }
    },

    refresh: (refreshToken) => tokenLogins.refresh(refreshToken),
    logout: (token) => tokenLogins.close(token),

    async user(userId) {
      const stored = await users.get(userId)
      return stored === undefined ? undefined : toUserView(stored.document)
    },
  }
}
