import { Unavailable } from '../kit/unavailable.ts'

/** Errors of the store port. Expected outcomes (duplicate, conflict, missing) are values; these are the rest. */

/** The caller's mistake: answer with a problem document, never retry. */
export class InvalidFilter extends Error {
  override readonly name = 'InvalidFilter'
  /** The offending path or operator, as the caller wrote it. */
  readonly key: string
  constructor(key: string, reason: string) {
    super(`Filter key ${JSON.stringify(key.slice(0, 100))}: ${reason}`)
    this.key = key
  }
}

/** The caller's mistake: a limit, sort, location, lease or other option that cannot be. */
export class InvalidQuery extends Error {
  override readonly name = 'InvalidQuery'
}

export { InvalidCursor } from '../kit/invalid-cursor.ts'

/** A document that does not satisfy its collection's schema, or has no usable id. */
export class InvalidDocument extends Error {
  override readonly name = 'InvalidDocument'
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
  constructor(collection: string, issues: InvalidDocument['issues'], cause?: unknown) {
    const first = issues[0]
    super(
      `Document of ${collection} at ${first?.path.join('.') || '(root)'}: ${first?.message ?? 'invalid'}`,
      {
        cause,
      },
    )
    this.issues = issues
  }
}

/** A name (organization, collection, path in a spec) that is not of the allowed form. */
export class InvalidName extends Error {
  override readonly name = 'InvalidName'
}

/** An upsert met a unique key that another document holds. */
export class DuplicateKey extends Error {
  override readonly name = 'DuplicateKey'
  readonly key: string
  constructor(collection: string, key: string) {
    super(`Unique key ${key} of ${collection} is taken`)
    this.key = key
  }
}

/** What is stored contradicts the spec: newer than this program, or duplicates under a new unique key. */
export class SchemaConflict extends Error {
  override readonly name = 'SchemaConflict'
}

export type UnavailableReason = 'busy' | 'queue-full' | 'full' | 'io' | 'corrupt' | 'closed'

/**
 * The world's failure: try again later (HTTP 503). Nothing was written, unless a server's answer got lost on its way:
 * then nobody knows, and the next try tells (a duplicate, a conflict).
 */
export class StoreUnavailable extends Unavailable {
  override readonly name = 'StoreUnavailable'
  readonly reason: UnavailableReason
  constructor(reason: UnavailableReason, cause?: unknown) {
    super(`Store unavailable: ${reason}`, { cause })
    this.reason = reason
  }
}

/** What is to be done before an organization has documents comes too late. */
export class AlreadyThere extends Error {
  override readonly name = 'AlreadyThere'
  constructor(orgId: string) {
    super(`${orgId} has documents already`)
  }
}

/** An organization is half in one database and half in another. */
export class MoveUnfinished extends Error {
  override readonly name = 'MoveUnfinished'
  constructor(orgId: string) {
    super(`The move of the organization ${orgId} was cut short: run \`organization move ${orgId}\` again.`)
  }
}
