/**
 * Reads see the writes called before them, and writes to one document happen in the order of their calls, although
 * each travels on a connection of its own: what is called waits for what was called before and concerns the same.
 */
import { StoreUnavailable } from '../../../nodes/platform/store/errors.ts'

export class PendingWrites {
  /** The last write of each document that has any on its way. */
  readonly #documents = new Map<string, Promise<unknown>>()
  /** Writes to many documents at once. */
  readonly #many = new Set<Promise<unknown>>()
  readonly #limit: number
  #count = 0

  /** More writes than `limit` on their way are refused. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Writes one document, named by its row's id, after what was called before for it. */
  write<R>(rowId: string, run: () => Promise<R>): Promise<R> {
    const before = this.#documents.get(rowId)
    const writing = this.#started(
      before === undefined && this.#many.size === 0 ? run() : this.settled(rowId).then(run),
    )
    this.#documents.set(rowId, writing)
    const forget = (): void => {
      if (this.#documents.get(rowId) === writing) this.#documents.delete(rowId)
    }
    writing.then(forget, forget)
    return writing
  }

  /** Writes documents not known yet, after all that was called before. */
  writeMany<R>(run: () => Promise<R>): Promise<R> {
    const writing = this.#started(this.settled().then(run))
    this.#many.add(writing)
    const forget = (): void => {
      this.#many.delete(writing)
    }
    writing.then(forget, forget)
    return writing
  }

  /** Resolves when the writes called so far, of one document or of all, have ended either way. */
  async settled(rowId?: string): Promise<void> {
    const one = rowId === undefined ? undefined : this.#documents.get(rowId)
    const documents = rowId === undefined ? [...this.#documents.values()] : one === undefined ? [] : [one]
    if (documents.length + this.#many.size > 0) await Promise.allSettled([...documents, ...this.#many])
  }

  #started<R>(writing: Promise<R>): Promise<R> {
    this.#count += 1
    const forget = (): void => {
      this.#count -= 1
    }
    writing.then(forget, forget)
    return writing
  }

  /** @throws StoreUnavailable */
  assertRoom(): void {
    if (this.#count >= this.#limit) throw new StoreUnavailable('queue-full')
  }
}
