/** The worker's side of `series.db`: its only writer. */
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'

import type { Corruption, TailJob, WriterSettings } from './protocol.ts'
import { RunWriter } from './run-writer.ts'
import { liveRunsReader, prepareSchema } from './schema.ts'
import type { Run } from './schema.ts'
import { TailSorter } from './write-tail.ts'

const PAGE_BYTES = 4096
/** Waiting for another process' lock blocks this thread only. */
const BUSY_TIMEOUT_MS = 1000

export class RunFile {
  readonly db: DatabaseSync
  readonly runWriter: RunWriter
  readonly liveRuns: () => readonly Run[]
  readonly onCorruption: (corruption: Corruption) => void
  readonly #sorter = new TailSorter()
  readonly #insertSeries: StatementSync
  readonly #setLastDay: StatementSync
  readonly #setLastTail: StatementSync
  readonly #getLastTail: StatementSync
  #lastDays: Map<number, number>

  constructor(settings: WriterSettings, onCorruption: (corruption: Corruption) => void) {
    this.onCorruption = onCorruption
    this.db = new DatabaseSync(settings.path, { timeout: BUSY_TIMEOUT_MS })
    this.db.exec(`PRAGMA page_size = ${PAGE_BYTES}`)
    this.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192')
    this.db.exec('PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864')
    if (settings.maxBytes !== undefined)
      this.db.exec(`PRAGMA max_page_count = ${Math.ceil(settings.maxBytes / PAGE_BYTES)}`)
    prepareSchema(this.db)
    this.runWriter = new RunWriter(this.db)
    this.liveRuns = liveRunsReader(this.db)
    this.#insertSeries = this.db.prepare('INSERT OR IGNORE INTO series VALUES (?, ?, ?, ?, ?)')
    this.#setLastDay = this.db.prepare('UPDATE series SET last_day = ? WHERE id = ?')
    this.#setLastTail = this.db.prepare(`INSERT OR REPLACE INTO meta VALUES ('last_tail', ?)`)
    this.#getLastTail = this.db.prepare(`SELECT value FROM meta WHERE key = 'last_tail'`)
    const days = this.db.prepare('SELECT id, last_day FROM series').all()
    this.#lastDays = new Map(days.map((row) => [Number(row['id']), Number(row['last_day'])]))
  }

  get lastTail(): number {
    return Number(this.#getLastTail.get()?.['value'] ?? 0)
  }

  /** Idempotent: a tail that was committed before is left as it is. */
  writeTail(job: TailJob): void {
    const lastDays = this.transaction(() => {
      if (this.lastTail >= job.tail) return new Map<number, number>()
      const segments = this.#sorter.sort(job)
      const days = new Map(segments.map(({ series, day }) => [series, day]))
      for (const { id, orgId, deviceId, port } of job.newSeries) {
        this.#insertSeries.run(id, JSON.stringify(orgId), JSON.stringify(deviceId), port, days.get(id) ?? 0)
      }
      for (const [id, day] of days) if (day > (this.#lastDays.get(id) ?? day)) this.#setLastDay.run(day, id)
      this.#sorter.write(job, segments, this.runWriter)
      this.#setLastTail.run(job.tail)
      return days
    })
    for (const [id, day] of lastDays)
      if (day > (this.#lastDays.get(id) ?? -Infinity)) this.#lastDays.set(id, day)
  }

  transaction<T>(body: () => T): T {
    this.db.exec('BEGIN IMMEDIATE')
    try {
      const result = body()
      this.db.exec('COMMIT')
      return result
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    this.db.close()
  }
}
