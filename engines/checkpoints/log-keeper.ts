/**
 * Keeps the write-ahead log of a SQLite file short without holding up the event loop. SQLite's own way is that the commit
 * which makes the log too long copies all of it and syncs the file, and some 10 to 100 ms go by in which nothing else runs.
 * Here another thread copies (https://sqlite.org/wal.html#ckpt) while commits go on. A log starts anew only when all of it
 * is copied, which never happens while somebody writes: so the rest, which is little, is copied between two of the writes.
 */

/** Has another thread copy what the log of a file holds; rejects when it cannot, and the log then holds what it held. */
export type LogCopy = (file: string) => Promise<void>

export interface LogKeeperParts {
  readonly file: string
  /** So much that is not copied yet is copied; a log of twice that starts anew. */
  readonly pages: number
  readonly copy: LogCopy
  /** What `PRAGMA wal_checkpoint(…)` answers on the connection that writes, which is asked often. */
  readonly checkpoint: (mode: 'NOOP' | 'PASSIVE') => Readonly<Record<string, unknown>> | undefined
}

/** For `wal_autocheckpoint`: where a log that is kept gets this long all the same, the engine sees to it, on the event loop. */
export const pagesForEngine = (pages: number, copy: LogCopy | undefined): number =>
  copy === undefined ? pages : 4 * pages

const commitsBetweenLooks = 8

export class LogKeeper {
  readonly #parts: LogKeeperParts
  #commits = 0
  #copying: Promise<void> | undefined

  constructor(parts: LogKeeperParts) {
    this.#parts = parts
  }

  /** After each commit, outside of a transaction. Does not throw: what is committed stays so. */
  committed(): void {
    this.#commits += 1
    if (this.#commits % commitsBetweenLooks !== 0 || this.#copying !== undefined) return
    this.#copying = this.#copyIfLong()
      // The engine meets what is wrong with the disk at its next commit, and tells; the limit of its own is behind this one.
      .catch(() => undefined)
      .finally(() => {
        this.#copying = undefined
      })
  }

  /** Resolves when nothing is copied any more. */
  async close(): Promise<void> {
    await this.#copying
  }

  async #copyIfLong(): Promise<void> {
    const { checkpoint, copy, file, pages } = this.#parts
    const before = this.#length()
    if (before.log - before.copied < pages) return
    await copy(file)
    const { copied, log } = this.#length()
    if (copied < log && log >= 2 * pages && log - copied < pages / 4) checkpoint('PASSIVE')
  }

  /** In pages; to ask costs next to nothing. Of a log that is locked nothing is known. */
  #length(): { readonly log: number; readonly copied: number } {
    const row = this.#parts.checkpoint('NOOP')
    const pagesOf = (name: string): number => Math.max(0, Number(row?.[name] ?? 0))
    return { log: pagesOf('log'), copied: pagesOf('checkpointed') }
  }
}
