/** RFC 7617: base64 of `user:password` in UTF-8; the name has no colon, so the first one divides. */
export function parseBasic(
  encoded: string,
): { readonly username: string; readonly password: string } | undefined {
  if (encoded.length > 4096 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon <= 0 || colon === text.length - 1) return undefined
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}
