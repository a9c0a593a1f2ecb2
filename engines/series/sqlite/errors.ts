/** What SQLite's error codes mean for what to do next. */

const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_NOTADB = 26

function primaryCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  // The low byte is the primary code, the rest says more.
  return typeof code === 'number' ? code & 0xff : undefined
}

/** Trying again would not help: the file is damaged, or the error is our own. */
export function isHopeless(error: unknown): boolean {
  const code = primaryCode(error)
  return code === undefined || code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

export function isFull(error: unknown): boolean {
  return primaryCode(error) === SQLITE_FULL
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
