const maxWaitMs = 60_000

/** The `wait` of a `Prefer` header (RFC 7240, 4.3), in milliseconds and a minute at most; what else it says is not for us. */
export function preferredWaitMs(header: string | undefined): number | undefined {
  for (const preference of (header ?? '').split(',')) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:;|$)/i.exec(preference)?.[1]
    if (seconds !== undefined) return Math.min(Number(seconds) * 1000, maxWaitMs)
  }
  return undefined
}
