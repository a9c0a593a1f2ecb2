import type { Principal } from '../platform/kit/endpoints/principal.ts'

export type Authentication =
  | { readonly kind: 'authenticated'; readonly principal: Principal }
  | { readonly kind: 'anonymous' }
  /** Something was presented and it is wrong, expired or revoked; `reason` is for the log, not for the caller. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** A page of somebody else used the visitor's cookie to change something: 403, whoever the visitor is. */
  | { readonly kind: 'cross-site'; readonly reason: string }

export interface RequestCredentials {
  readonly authorization: string | undefined
  readonly cookie: string | undefined
  /** For the cross-site check of cookie-authenticated, state-changing requests. */
  readonly origin: string | undefined
  readonly host: string | undefined
  /** `Sec-Fetch-Site`; decides before Origin where a browser sends it. */
  readonly secFetchSite?: string | undefined
  readonly method: string
  readonly address: string
}

export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds until the access token expires. */
  readonly expiresIn: number
}

export interface UserView {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: string
  readonly orgId: string | null
}

export type LoginOutcome =
  | { readonly kind: 'welcome'; readonly user: UserView; readonly tokens: TokenPair }
  /** The same answer for an unknown user and a wrong password. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** The password is right, and the account asks for a code beside it. */
  | { readonly kind: 'code-needed' }

export interface Authenticator {
  authenticate(credentials: RequestCredentials): Promise<Authentication>
  /** @param code of the second factor, or a recovery code */
  login(email: string, password: string, address: string, code?: string): Promise<LoginOutcome>
  /** Rotates the refresh token; an old one used again revokes its whole family. */
  refresh(refreshToken: string): Promise<LoginOutcome>
  /**
   * Ends the sign-in that a refresh or access token belongs to: all its tokens are refused from then on. Unknown tokens
   * are ignored.
   */
  logout(token: string): Promise<void>
  user(userId: string): Promise<UserView | undefined>
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** The credentials of an HTTP request; `address` is the client's, after trusted proxies. */
export function credentialsOf(
  request: { readonly headers: Headers; readonly method?: string | undefined },
  address: string | undefined,
): RequestCredentials {
  const header = (name: string): string | undefined => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : value?.[0]
  }
  return {
    authorization: header('authorization'),
    cookie: header('cookie'),
    origin: header('origin'),
    host: header('host'),
    secFetchSite: header('sec-fetch-site'),
    method: request.method ?? 'GET',
    address: address ?? 'unknown',
  }
}
