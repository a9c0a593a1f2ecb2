/** Tells the engine's troubles apart: the world's (wait or refuse) from our own bugs. */
import { StoreUnavailable } from '../../../nodes/platform/store/errors.ts'
import type { UnavailableReason } from '../../../nodes/platform/store/errors.ts'

// Primary result codes, https://sqlite.org/rescode.html
const TROUBLES: ReadonlyMap<number, UnavailableReason> = new Map([
  [5, 'busy'], // SQLITE_BUSY
  [6, 'busy'], // SQLITE_LOCKED
  [8, 'io'], // SQLITE_READONLY
  [10, 'io'], // SQLITE_IOERR
  [11, 'corrupt'], // SQLITE_CORRUPT
  [13, 'full'], // SQLITE_FULL
  [14, 'io'], // SQLITE_CANTOPEN
  [26, 'corrupt'], // SQLITE_NOTADB
])
const SQLITE_CONSTRAINT = 19

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

export function troubleOf(error: unknown): UnavailableReason | undefined {
  const code = resultCode(error)
  return code === undefined ? undefined : TROUBLES.get(code)
}

export function asUnavailable(error: unknown): unknown {
  const reason = troubleOf(error)
  return reason === undefined ? error : new StoreUnavailable(reason, error)
}

/** The unique key that a failed statement ran into: index names are `u:<table>:<key>:<hash>`; else the primary key. */
export function takenKey(error: unknown): string | undefined {
  if (resultCode(error) !== SQLITE_CONSTRAINT || !(error instanceof Error)) return undefined
  if (!error.message.startsWith('UNIQUE constraint failed')) return undefined
  return /index 'u:[^:]+:([^:]+):/.exec(error.message)?.[1] ?? 'id'
}
