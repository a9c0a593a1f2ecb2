/** What a browser says about where a request comes from; scripts of a page cannot forge these headers. */
export interface RequestSource {
  readonly origin: string | undefined
  readonly host: string | undefined
  readonly secFetchSite?: string | undefined
}

export interface OwnOrigin {
  /** Where browsers reach us, when it is not what the Host header says (behind a proxy): `https://iot.example`. */
  readonly publicOrigin?: string | undefined
  readonly isSecure: boolean
}

/**
 * Whether a page of ours sent the request. Without any of the headers the answer is no: browsers send at least Origin
 * with whatever changes state, and others have no business with a cookie.
 *
 * `same-site` is refused as well: other ports of the same host are the same site.
 */
export function isSameOrigin({ origin, host, secFetchSite }: RequestSource, own: OwnOrigin): boolean {
  if (secFetchSite !== undefined) return secFetchSite === 'same-origin'
  const url = origin === undefined ? undefined : parseOrigin(origin)
  if (url === undefined) return false
  if (own.publicOrigin !== undefined && url.origin === parseOrigin(own.publicOrigin)?.origin) return true
  return host !== undefined && url.host === host.toLowerCase() && (!own.isSecure || url.protocol === 'https:')
}

/** GET, HEAD and OPTIONS change nothing here. */
export const isSafeMethod = (method: string): boolean => /^(get|head|options)$/i.test(method)

function parseOrigin(text: string): URL | undefined {
  return URL.canParse(text) && /^https?:/i.test(text) ? new URL(text) : undefined
}
