import { CallFailed, failureOf } from './failure.ts'

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** How the client proves who it is. */
export interface Credentials {
  /** Headers of a request; empty where the browser sends the session's cookie by itself. */
  headers(): Readonly<Record<string, string>>
  /** What the live channel is shown. */
  readonly token: string | undefined
  /** Called after a 401 with the token that was refused. True when the same request may succeed now. */
  renew(refused: string | undefined): Promise<boolean>
}

/** The session of a page that this platform has served. */
export const cookie: Credentials = {
  headers: () => ({}),
  token: undefined,
  renew: () => Promise.resolve(false),
}

/** A token that somebody else looks after. */
export const bearer = (token: string): Credentials => ({
  headers: () => ({ authorization: `Bearer ${token}` }),
  token,
  renew: () => Promise.resolve(false),
})

export interface TokenParts {
  /** Of the platform, such as `https://iot.example.com`. */
  readonly url: string
  readonly tokens: Tokens
  /** Each refresh token works once: whoever keeps them must keep the new ones. */
  readonly onRenewed?: (tokens: Tokens) => void
  readonly fetch?: typeof fetch
}

/** Tokens of a sign-in, renewed when the access token has expired: once, however many calls were refused together. */
export function tokens({ url, tokens: first, onRenewed, fetch: ask = fetch }: TokenParts): Credentials {
  let current = first
  let renewal: Promise<boolean> | undefined
  const renewNow = async (): Promise<boolean> => {
    const body = JSON.stringify({ refreshToken: current.refreshToken })
    const headers = { 'content-type': 'application/json' }
    const response = await ask(`${url}/api/v1/auth/refresh`, { method: 'POST', headers, body })
    if (!response.ok) {
      await response.body?.cancel()
      return false
    }
    current = await tokensIn(response)
    onRenewed?.(current)
    return true
  }
  return {
    headers: () => ({ authorization: `Bearer ${current.accessToken}` }),
    get token() {
      return current.accessToken
    },
    renew(refused) {
      if (refused !== current.accessToken) return Promise.resolve(true)
      renewal ??= renewNow()
        .catch(() => false)
        .finally(() => (renewal = undefined))
      return renewal
    },
  }
}

/** @throws CallFailed `signed-out` when the password is wrong, `busy` after too many tries */
export async function signIn(
  url: string,
  login: { readonly email: string; readonly password: string },
  options: Pick<TokenParts, 'onRenewed' | 'fetch'> = {},
): Promise<Credentials> {
  const ask = options.fetch ?? fetch
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify(login)
  const response = await ask(`${url}/api/v1/auth/login`, { method: 'POST', headers, body }).catch(
    (cause: unknown) => {
      throw new CallFailed('unreachable', { cause })
    },
  )
  if (!response.ok) throw await failureOf(response)
  return tokens({ url, tokens: await tokensIn(response), ...options })
}

async function tokensIn(response: Response): Promise<Tokens> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the platform answers by the schema of its operation
  const { accessToken, refreshToken } = (await response.json()) as Tokens
  return { accessToken, refreshToken }
}
