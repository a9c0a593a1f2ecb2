/**
 * Keeps the write-ahead log of a SQLite file short without holding up the event loop. SQLite's own way is that the commit
 * which makes the log too long copies all of it and syncs the file, and some 10 to 100 ms go by in which nothing else runs.
 * Here another thread copies (https://sqlite.org/wal.html#ckpt) while commits go on. A log starts anew only when all of it
 * is copied, which never happens while somebody writes: so the rest, which is little, is copied between two of the writes.
 */

/** In pages. */
export interface LogLength {
  readonly log: number
  readonly copied: number
}

/** What `PRAGMA wal_checkpoint(NOOP)` answers, which costs next to nothing; nothing is known of a log that is locked. */
export const logLength = (row: Readonly<Record<string, unknown>> | undefined): LogLength => ({
  log: Math.max(0, Number(row?.['log'] ?? 0)),
  copied: Math.max(0, Number(row?.['checkpointed'] ?? 0)),
})

/** Has another thread copy what the log of a file holds; rejects when it cannot, and the log then holds what it held. */
export type LogCopy = (file: string) => Promise<void>

export interface LogKeeperParts {
  readonly file: string
  /** So much that is not copied yet is copied; a log of twice that starts anew. */
  readonly pages: number
  /** As {@link logLength}. */
  readonly length: () => LogLength
  readonly copy: LogCopy
  /** Copies what came meanwhile, on the event loop. */
  readonly copyRest: () => void
}

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
    const { copy, copyRest, file, length, pages } = this.#parts
    const before = length()
    if (before.log - before.copied < pages) return
    await copy(file)
    const { copied, log } = length()
    if (copied < log && log >= 2 * pages && log - copied < pages / 4) copyRest()
  }
}
