/** The first cookie of that name, as sent. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}

export interface SessionCookie {
  readonly name: string
  /** Set-Cookie values. */
  set(value: string, maxAgeSeconds: number): string
  clear(): string
}

/**
 * `__Host-`: only this host can have set it, over TLS and for the whole site. Lax, not Strict: with Strict a link in an
 * e-mail to an alert's dashboard would end at the login page although the visitor is signed in. What Lax leaves open
 * (other ports of this host) the origin check closes.
 */
export function sessionCookie(isSecure: boolean): SessionCookie {
  const name = isSecure ? '__Host-fleetloom' : 'fleetloom'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  return {
    name,
    set: (value, maxAgeSeconds) => `${name}=${value}; ${attributes}; Max-Age=${maxAgeSeconds}`,
    clear: () => `${name}=; ${attributes}; Max-Age=0`,
  }
}
