/**
 * The archive port: objects by key, for what is kept for good and seldom read.
 *
 * Keys are paths of ASCII segments (`org=acme/day=2025-09-06/part-1.parquet`), see {@link checkKey}. Trouble of the world
 * (disk full, network, credentials) rejects with ArchiveUnavailable (errors.ts).
 */
export interface ArchivedObject {
  readonly key: string
  readonly bytes: number
}

export interface Archive {
  /**
   * Stores the object as a whole, or not at all: readers never see half of it. Resolves when it is durable; an object
   * with the same key is replaced.
   */
  put(key: string, content: Uint8Array): Promise<void>
  /** The same, but false (and nothing changed) when the key is taken; of several at once exactly one succeeds. */
  create(key: string, content: Uint8Array): Promise<boolean>
  /** The whole object; undefined when there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /**
   * The object's bytes from `from` up to, and without, `to`; fewer where it ends. Undefined when there is none. Needs
   * memory for the range only.
   */
  read(key: string, from: number, to: number): Promise<Uint8Array | undefined>
  /** Objects whose key begins with `prefix`, by key; only those after `after` when it is given. */
  list(prefix: string, after?: string): AsyncIterable<ArchivedObject>
  /** Removes the object, if there is one. */
  remove(key: string): Promise<void>
  close(): Promise<void>
}
