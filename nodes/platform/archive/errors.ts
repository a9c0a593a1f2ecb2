import { Unavailable } from '../kit/unavailable.ts'

/** The world's failure: the archive's disk or server does not do what it should. Try again later. */
export class ArchiveUnavailable extends Unavailable {
  override readonly name = 'ArchiveUnavailable'
  constructor(what: string, cause: unknown) {
    super(`Archive: ${what}: ${reasonOf(cause)}`, { cause })
  }
}

/**
 * The content of the archive is not what was put there, or not what the manifest says. Somebody has to look at it, but
 * like any other engine's trouble it is not the caller's mistake, and may be mended.
 */
export class ArchiveDamaged extends Unavailable {
  override readonly name = 'ArchiveDamaged'
}

/** Network errors may have an empty message, with what went wrong in their code or in the errors they gather. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const gathered: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  if (error.message === '' && gathered instanceof Error) return reasonOf(gathered)
  return error.message === '' ? error.name : error.message
}
