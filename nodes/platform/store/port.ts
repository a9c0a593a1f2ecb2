/**
 * The store port: typed collections of JSON documents.
 *
 * It speaks a small subset of MongoDB's filter language, so that the MongoDB adapter passes filters through and the
 * SQLite adapter translates them. There are no multi-document transactions: consistency comes from unique keys and
 * from compare-and-set on one document. Every document of a tenant is reached through {@link Store.organization};
 * {@link Store.platform} is for what belongs to nobody (organizations, users) and for platform-admin paths.
 *
 * Reads see the writes called before them. A write resolves when it is durable. Trouble of the engine rejects with
 * StoreUnavailable (errors.ts); the caller's mistakes with InvalidFilter, InvalidQuery, InvalidCursor, InvalidDocument.
 */
import type { z } from 'zod'

/**
 * What every document carries. `id` is unique within its organization and collection, and never changes: 1 to 512 characters,
 * no NUL, no half of a surrogate pair. Under any other there is nothing to get, update, remove or release.
 */
export interface Document {
  readonly id: string
}

/** Paths are dotted (`location.city`); values are JSON scalars. */
export type Scalar = string | number | boolean | null

export type Condition =
  | Scalar
  | {
      readonly $eq?: Scalar
      readonly $ne?: Scalar
      readonly $gt?: Scalar
      readonly $gte?: Scalar
      readonly $lt?: Scalar
      readonly $lte?: Scalar
      readonly $in?: readonly Scalar[]
      readonly $nin?: readonly Scalar[]
      readonly $exists?: boolean
    }

/**
 * All paths must match; `$or` and `$and` nest. A condition on an array field matches when any element does, as in
 * MongoDB. A missing field equals null. Values compare within their own type only: `{ $gt: 5 }` matches no text.
 * Path segments start with a letter or `_`; no path leads through an array. Anything else (an unknown operator, a
 * value that is `undefined` or no scalar) is refused with InvalidFilter, so that a forgotten value never widens a query.
 */
export interface Filter {
  readonly $and?: readonly Filter[]
  readonly $or?: readonly Filter[]
  readonly [path: string]: Condition | readonly Filter[] | undefined
}

export interface FindOptions {
  /**
   * Sorted by these paths in this order, then by `id` in the direction of the last, so that the order is total.
   * Default: by `id`. Missing and null come first, then numbers, then text by code point; paths lead to scalars.
   */
  readonly sort?: readonly { readonly path: string; readonly direction: 'ascending' | 'descending' }[]
  /** 1 to 10,000; default 100. */
  readonly limit?: number
  /** Opaque, from `Page.nextCursor` of the same query; stays valid while documents come and go. */
  readonly cursor?: string
}

export interface Page<T> {
  readonly items: readonly Stored<T>[]
  readonly nextCursor?: string
}

/** A document with the version that a compare-and-set names. Versions start at 1 and grow by 1. */
export interface Stored<T> {
  readonly document: T
  readonly version: number
}

export type InsertOutcome<T> =
  | { readonly kind: 'inserted'; readonly stored: Stored<T> }
  /** `key` names the unique key that was taken: `id`, or the name given in the spec. */
  | { readonly kind: 'duplicate'; readonly key: string }

export type ReplaceOutcome<T> =
  | { readonly kind: 'replaced'; readonly stored: Stored<T> }
  | { readonly kind: 'conflict'; readonly current: Stored<T> }
  | { readonly kind: 'missing' }
  | { readonly kind: 'duplicate'; readonly key: string }

export interface GeoPoint {
  /** Degrees, WGS 84. */
  readonly latitude: number
  readonly longitude: number
}

export interface CollectionSpec<T extends Document> {
  /** snake_case; the table or collection name. */
  readonly name: string
  /** Documents are checked on the way in (InvalidDocument); what is in the store is trusted on the way out. */
  readonly schema: z.ZodType<T>
  /** Unique over all the paths together, within one organization; documents lacking the first path (or null there) are exempt. */
  readonly unique?: Readonly<Record<string, readonly string[]>>
  /** The same, over all organizations. */
  readonly uniqueEverywhere?: Readonly<Record<string, readonly string[]>>
  /** Paths queried or sorted by, one index each list. */
  readonly indexes?: readonly (readonly string[])[]
  /**
   * The same, of which those that lack the first path (or null there) need not be in: for what is only asked of the others. An
   * index costs each write of a document that is in it.
   */
  readonly sparseIndexes?: readonly (readonly string[])[]
  /**
   * The same, for what is asked over all organizations: {@link Store.everywhere} and {@link Store.claimEverywhere}. Those that
   * lack the first path (or null there) need not be in it.
   */
  readonly indexesEverywhere?: readonly (readonly string[])[]
  /** Path of a {@link GeoPoint} for `near`. */
  readonly location?: string
  /** Of the documents' form: grows by 1 when documents of before do not pass `schema` any more. Default 1. */
  readonly version?: number
  /**
   * What brings a document of an earlier version one version on, by the version that it comes from: each from 1 to
   * `version - 1`. Documents of earlier versions are read as the latest, and are rewritten, as new versions to a
   * compare-and-set, before the collection is first searched or written by this process; so filters and indexes see
   * the latest too. Must be pure. A document of a later version than `version` is refused with SchemaConflict: a
   * program that does not know it must not write over it.
   */
  readonly upcast?: Readonly<Record<number, Upcast>>
  /**
   * What changes of these documents by operations leave in the audit (kit/audit): `none` where they are nobody's
   * settings or deeds, but what the platform notes down for itself. Default: all that is in them, secrets removed.
   */
  readonly audit?: 'none' | AuditRule<T>
}

export interface AuditRule<T extends Document> {
  /** Fields that entries leave out, and whose changes are none. Those whose names say that they are secret go in any case. */
  readonly without?: readonly string[]
  /**
   * Of documents that belong to no organization: whose audit they are in. Default: that of the organization that the
   * document names (`orgId`), else of the caller.
   */
  organizationOf?(document: T): string
  /** Whether it counts as gone for everybody, though the document is still there. */
  isGone?(document: T): boolean
}

/** From a document that was checked by the schema of its version. */
export type Upcast = (document: Readonly<Record<string, unknown>>) => unknown

export interface Collection<T extends Document> {
  insert(document: T): Promise<InsertOutcome<T>>
  /** Inserts one after the other, up to the first whose key is taken: what became of those that were tried. */
  insertInOrder(documents: readonly T[]): Promise<readonly InsertOutcome<T>[]>
  get(id: string): Promise<Stored<T> | undefined>
  find(filter?: Filter, options?: FindOptions): Promise<Page<T>>
  count(filter?: Filter): Promise<number>
  /** Compare-and-set: replaces the document if it still has `expectedVersion`. */
  replace(document: T, expectedVersion: number): Promise<ReplaceOutcome<T>>
  /** Inserts, or replaces whatever version is there. Rejects with DuplicateKey when another document holds a key. */
  upsert(document: T): Promise<Stored<T>>
  /**
   * Applies `change` by compare-and-set until it holds; `change` may run more than once and must be pure. When it gives back
   * the very document that it was given, nothing is written, and that is the one that is stored.
   */
  update(id: string, change: (document: T) => T): Promise<ReplaceOutcome<T>>
  /** Returns false when it was not there (or not at `expectedVersion`). */
  remove(id: string, expectedVersion?: number): Promise<boolean>
  /** Resolves with how many; not atomic over all of them. */
  removeMany(filter: Filter): Promise<number>
  /**
   * Leases the first documents (in sort order) that match and are not leased by anyone at `nowMs`, atomically, so
   * that two workers never hold the same one. A claim counts as a new version. The lease ends by itself
   * (`nowMs` + `durationMs`); other writes leave it as it is. One that ends a minute after a claim made now would was given
   * by a clock that was ahead: it has ended. So those of one collection are about as long as one another.
   */
  claim(filter: Filter, lease: Lease, options?: Omit<FindOptions, 'cursor'>): Promise<readonly Stored<T>[]>
  /** Ends the owner's lease early; false when somebody else holds it by now. */
  release(id: string, owner: string): Promise<boolean>
  /**
   * Extends the owner's lease to `nowMs` + `durationMs`, without a moment in between when it is free; false when
   * somebody else has taken over by now, it was released, or the document is gone. A lease that has ended is extended
   * all the same while nobody has taken it. It is no new version: a compare-and-set by the claim's version still
   * holds. An owner who may claim one document twice needs a new name for each claim.
   */
  renew(id: string, lease: Lease): Promise<boolean>
  /** By distance in metres (haversine, `geo.ts`), nearest first; needs `location` in the spec. Default limit 100. */
  near(
    point: GeoPoint,
    options: { readonly radiusMeters: number; readonly filter?: Filter; readonly limit?: number },
  ): Promise<readonly (Stored<T> & { readonly distanceMeters: number })[]>
}

export interface Lease {
  readonly owner: string
  readonly nowMs: number
  readonly durationMs: number
}

/** A tenant's window on the store: nothing that belongs to another organization can be reached through it. */
export interface OrganizationStore {
  readonly orgId: string
  collection<T extends Document>(spec: CollectionSpec<T>): Collection<T>
}

export type Owned<T> = Stored<T> & { readonly orgId: string }

export interface EverywherePage<T> {
  readonly items: readonly Owned<T>[]
  readonly nextCursor?: string
}

export interface Store {
  organization(orgId: string): OrganizationStore
  /** Documents that belong to no organization. */
  platform<T extends Document>(spec: CollectionSpec<T>): Collection<T>
  /** Platform-admin paths only: reads a tenant collection over all organizations, each item with its owner. */
  everywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter?: Filter,
    options?: FindOptions,
  ): Promise<EverywherePage<T>>
  /**
   * {@link Collection.claim} over all organizations, each item with its owner: for jobs. In sort order as far as the
   * engine keeps the organizations together; those with a database of their own take turns.
   */
  claimEverywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter: Filter,
    lease: Lease,
    options?: Omit<FindOptions, 'cursor'>,
  ): Promise<readonly Owned<T>[]>
  /**
   * Another number whenever documents of the collection may have changed, whoever has written them: for whoever looks
   * again and again whether there is something to do, and found nothing. It is another by when a write is done.
   * Undefined where the engine has no such number at hand.
   */
  readonly revisionOf?: (<T extends Document>(spec: CollectionSpec<T>) => number) | undefined
  /**
   * From now on an organization's documents, of which there are none yet, are in a database of its own. Doing it again does
   * nothing. Undefined where all organizations are in one. @throws StoreUnavailable, AlreadyThere when it has documents
   */
  readonly dedicate?: ((orgId: string) => Promise<void>) | undefined
  /**
   * What an organization's documents take, bytes, without indexes and the engine's own. It is added up in slices that leave
   * others their turn, so what is written meanwhile may count or not.
   */
  bytesOf(orgId: string): Promise<number>
  /** Resolves when a small write is durable; rejects (StoreUnavailable) when that takes over a second. For readiness. */
  probe(): Promise<void>
  close(): Promise<void>
}
