const base = 'http://local.invalid'

/**
 * The path if it stays on this site, else undefined. Browsers read `//host`, `/\host` and tabs in between as another
 * host, so the text is parsed as they do, and what was parsed is given back.
 */
export function localPath(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 2048) return undefined
  if (!/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text) || !URL.canParse(text, base)) return undefined
  const url = new URL(text, base)
  const path = `${url.pathname}${url.search}${url.hash}`
  return url.origin === base && !path.startsWith('//') ? path : undefined
}
