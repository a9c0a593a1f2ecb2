/** One database file: its connection, prepared statements, queue of writes, and reads that see the writes before them. */
import { closeSync, fdatasync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { StoreUnavailable } from '../../../nodes/platform/store/errors.ts'
import { type LogCopy, LogKeeper, pagesForEngine } from '../../checkpoints/log-keeper.ts'
import { asUnavailable, troubleOf } from './engine-error.ts'
import { migrate } from './migrations.ts'
import { WriteQueue } from './write-queue.ts'
import type { WriteQueueEvents, WriteQueueLimits } from './write-queue.ts'

export type Row = Record<string, unknown>

export interface DatabasePaths {
  readonly main: string
  /** A file to attach as `own`; then every write locks both. */
  readonly own?: string
  /** What each file may grow to; writes beyond are refused as `full`, removals make room. */
  readonly maxBytes?: number | undefined
  readonly syncsBeside?: boolean
  /** Who copies the log; the engine itself by default, on the event loop. */
  readonly copyLog?: LogCopy | undefined
}

const OPEN_TIMEOUT_MS = 5_000
const READ_TRIES = 50
const READ_RETRY_MS = 5
const MAX_STATEMENTS = 400
const CLOSE_WAIT_MS = 5_000
/** A checkpoint syncs twice, however much it copies: every 16 MiB is rare, and replayed in a moment. */
const CHECKPOINT_PAGES = 4096

export class DatabaseFile {
  readonly #db: DatabaseSync
  readonly #queue: WriteQueue
  readonly #statements = new Map<string, StatementSync>()
  /** Collections whose tables are known to be there; forgotten on a rollback, which may take a CREATE with it. */
  readonly ready = new Set<object>()
  /** Collections whose tables were there, in whatever shape; forgotten with those above. */
  readonly there = new Set<object>()
  /** How often each table was written here, and how often others have written any. */
  readonly #writes = new Map<string, number>()
  readonly #versions: readonly { readonly sql: string; seen: unknown }[]
  #writesElsewhere = 0
  #hasLooked = false
  readonly #logFile: string
  readonly #keeper: LogKeeper | undefined
  #log: number | undefined
  #closed = false

  constructor(
    { main, own, maxBytes, syncsBeside = false, copyLog }: DatabasePaths,
    limits: WriteQueueLimits,
    events?: WriteQueueEvents,
  ) {
    // Two files have to be on disk in order, which the engine sees to by syncing each commit itself.
    const isBeside = syncsBeside && own === undefined
    const copy = own === undefined ? copyLog : undefined
    if (own !== undefined) openMigrated(own).close()
    this.#db = openMigrated(main)
    try {
      if (own !== undefined) {
        this.#db.prepare('ATTACH ? AS own').run(own)
        this.#db.exec('PRAGMA own.synchronous = FULL; PRAGMA own.journal_size_limit = 67108864')
      }
      for (const name of maxBytes === undefined ? [] : own === undefined ? ['main'] : ['main', 'own']) {
        const pageSize = Number(this.#db.prepare(`PRAGMA ${name}.page_size`).get()?.['page_size'])
        this.#db.exec(`PRAGMA ${name}.max_page_count = ${Math.ceil((maxBytes ?? 0) / pageSize)}`)
      }
      if (isBeside) this.#db.exec('PRAGMA synchronous = NORMAL')
      this.#db.exec(`PRAGMA wal_autocheckpoint = ${pagesForEngine(CHECKPOINT_PAGES, copy)}`)
      // From here on waiting is the queue's work: the engine's own waiting would block the event loop.
      this.#db.exec('PRAGMA busy_timeout = 0')
    } catch (error) {
      this.#db.close()
      throw asUnavailable(error)
    }
    this.#logFile = `${main}-wal`
    const names = own === undefined ? ['main'] : ['main', 'own']
    this.#versions = names.map((name) => ({ sql: `PRAGMA ${name}.data_version`, seen: undefined }))
    this.#queue = new WriteQueue(
      {
        ...(isBeside ? { sync: () => this.#sync() } : {}),
        begin: () => {
          if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
          this.run('BEGIN IMMEDIATE')
        },
        commit: () => {
          this.run('COMMIT')
          this.#keeper?.committed()
        },
        rollback: () => this.#rollback(),
      },
      limits,
      events,
    )
    if (copy !== undefined)
      this.#keeper = new LogKeeper({
        file: main,
        pages: CHECKPOINT_PAGES,
        copy,
        checkpoint: (mode) => this.get(`PRAGMA wal_checkpoint(${mode})`),
      })
  }

  write<T>(run: () => T, maxWaitMs?: number): Promise<T> {
    return this.#queue.submit(run, maxWaitMs)
  }

  /** Runs after the writes made before it, but does not wait for a locked database: it then sees the last commit. */
  async read<T>(run: () => T): Promise<T> {
    await this.settled()
    for (let tries = 1; ; tries += 1) {
      if (this.#closed) throw new StoreUnavailable('closed')
      try {
        return run()
      } catch (error) {
        // Readers of a WAL are only refused while another process recovers or closes it.
        if (troubleOf(error) !== 'busy' || tries >= READ_TRIES) throw asUnavailable(error)
      }
      await delay(READ_RETRY_MS)
    }
  }

  /** When the writes made so far are done, or known to wait for a locked database. */
  settled(): Promise<void> | undefined {
    return this.#queue.settled()
  }

  /** A write to it was called, or is under way. */
  touch(table: string): void {
    this.#writes.set(table, (this.#writes.get(table) ?? 0) + 1)
  }

  /** Larger than before when the table was written here, or anything by another connection. */
  revisionOf(table: string): number {
    this.#lookElsewhere()
    return this.#writesElsewhere + (this.#writes.get(table) ?? 0)
  }

  /** Once a turn: whoever goes through the tables asks for each of them. */
  #lookElsewhere(): void {
    if (this.#hasLooked) return
    this.#hasLooked = true
    process.nextTick(() => (this.#hasLooked = false))
    for (const version of this.#versions) {
      const now = this.get(version.sql)?.['data_version']
      if (now !== version.seen) this.#writesElsewhere += 1
      version.seen = now
    }
  }

  exec(sql: string): void {
    this.#db.exec(sql)
  }

  all(sql: string, parameters: readonly SQLInputValue[] = []): Row[] {
    return this.#prepare(sql).all(...parameters)
  }

  get(sql: string, parameters: readonly SQLInputValue[] = []): Row | undefined {
    return this.#prepare(sql).get(...parameters)
  }

  /** The number of rows changed. */
  run(sql: string, parameters: readonly SQLInputValue[] = []): number {
    return Number(this.#prepare(sql).run(...parameters).changes)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.#queue.close(CLOSE_WAIT_MS)
    await this.#keeper?.close()
    this.#closed = true
    this.#statements.clear()
    if (this.#log !== undefined) closeSync(this.#log)
    this.#db.close()
  }

  /**
   * With synchronous=NORMAL the engine syncs the log before and the file after each checkpoint, and the log's header when
   * it starts anew. What FULL does beyond that is to sync the log after each commit, which is done here, in another thread:
   * a slow disk holds up those who wait for it, not the event loop. The log is one file as long as a connection is open.
   */
  #sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#log ??= openSync(this.#logFile, 'r+')
      fdatasync(this.#log, (error) => (error === null ? resolve() : reject(error)))
    })
  }

  #rollback(): void {
    this.ready.clear()
    this.there.clear()
    // Some troubles (full disk, I/O) make the engine roll back by itself.
    if (!this.#db.isTransaction) return
    try {
      this.#db.exec('ROLLBACK')
    } catch {
      // Nothing was committed; the next begin tries again and then tells.
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    if (this.#statements.size >= MAX_STATEMENTS) {
      // Oldest first: the hot statements come back at once.
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest)
        break
      }
    }
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

function openMigrated(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS })
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
    migrate(db)
    return db
  } catch (error) {
    db.close()
    throw asUnavailable(error)
  }
}
