import { crc32 } from 'node:zlib'
import type { NewEntry, StreamStatistics } from '../../../nodes/platform/stream/port.ts'
import type { BatchEncoder } from '../shared/batch-codec.ts'
import { type Database, isCorrupt } from './database.ts'

/** Where a log ends. */
interface Tail {
  /** The position that the next entry gets. */
  readonly next: number
  /** Bytes of all blobs ever written: differences of it say how many are kept. */
  readonly bytes: number
  /** The latest time of any entry up to here. It never falls, so a reader can search by it. */
  readonly highMs: number
}

export interface Row {
  readonly first: number
  readonly count: number
  readonly crc: number
  /** Null when no entry of the batch lies in the time asked for. */
  readonly blob: Uint8Array | null
}

const beginning: Tail = { next: 0, bytes: 0, highMs: 0 }

/**
 * One stream's batches, in a table of their own so that the position can be the rowid: appending then writes at the
 * right edge of one tree and nowhere else.
 */
export class StreamLog {
  readonly id: number
  readonly name: string
  readonly #database: Database
  readonly #sql: ReturnType<typeof prepare>
  #durable = beginning
  #staged = beginning

  private constructor(database: Database, id: number, name: string) {
    this.id = id
    this.name = name
    this.#database = database
    this.#sql = prepare(database, id)
    this.reload()
  }

  /** Undefined when the stream was never written or consumed. */
  static find(database: Database, name: string): StreamLog | undefined {
    const row = database.prepare('SELECT id FROM stream WHERE name = ?').get(JSON.stringify(name))
    return row === undefined ? undefined : new StreamLog(database, Number(row['id']), name)
  }

  static create(database: Database, name: string): StreamLog {
    database.transact(() => {
      const insert = database.prepare(
        'INSERT INTO stream (name) VALUES (?) ON CONFLICT DO NOTHING RETURNING id',
      )
      // As JSON because SQLite's text ends at a NUL and has no lone surrogates.
      const row = insert.get(JSON.stringify(name))
      if (row === undefined) return
      database.exec(`CREATE TABLE batch_${Number(row['id'])} (
        first INTEGER PRIMARY KEY, count INTEGER NOT NULL, min_ms REAL NOT NULL, max_ms REAL NOT NULL,
        age_ms REAL NOT NULL, high_ms REAL NOT NULL, bytes_end INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL
      )`)
    })
    const log = StreamLog.find(database, name)
    if (log === undefined) throw new Error(`the stream ${name} vanished while it was made`)
    return log
  }

  /** Where the durable part ends: the position of the next entry. */
  get next(): number {
    return this.#durable.next
  }

  /** Writes one batch inside the caller's transaction; {@link settle} or {@link revert} must follow. */
  insert(entries: readonly NewEntry[], encoder: BatchEncoder, nowMs: number): number {
    const { next: first, bytes, highMs } = this.#staged
    const { blob, minMs, maxMs } = encoder.encode(entries, first)
    const staged = {
      next: first + entries.length,
      bytes: bytes + blob.length,
      highMs: Math.max(highMs, maxMs),
    }
    // An entry from the future must not outlive its retention, nor hold up what lies behind it.
    const ageMs = Math.min(maxMs, nowMs)
    const crc = crc32(blob)
    this.#sql.insert.run(first, entries.length, minMs, maxMs, ageMs, staged.highMs, staged.bytes, crc, blob)
    this.#staged = staged
    return first
  }

  settle(): void {
    this.#durable = this.#staged
  }

  revert(): void {
    this.#staged = this.#durable
  }

  /**
   * Takes the tail from the file: at the start, and after somebody else has written to it. Throws when the tail is
   * damaged: appending behind a guessed one could give a position twice.
   */
  reload(): void {
    try {
      this.#durable = this.#loadTail()
    } catch (error) {
      if (!isCorrupt(error)) throw error
      throw damagedTail(this.name, error)
    }
    this.#staged = this.#durable
  }

  /** Notes where the log ends, so that the next start knows when its last batches are out of reach. */
  noteTail(): void {
    this.#sql.noteTail.run(this.id, this.next)
  }

  #loadTail(): Tail {
    const trimmed = this.#sql.trimmed.get(this.id)
    const last = this.#sql.last.get()
    const kept = last === undefined ? 0 : Number(last['first']) + Number(last['count'])
    const next = Math.max(kept, Number(trimmed?.['trimmed_to'] ?? 0))
    const known = Number(this.#sql.knownTail.get(this.id, this.id)?.['position'] ?? 0)
    if (!Number.isSafeInteger(next) || next < known) {
      throw damagedTail(this.name, new Error(`it ended at ${known} or later, now at ${next}`))
    }
    return {
      next,
      bytes: Number(last?.['bytes_end'] ?? trimmed?.['trimmed_bytes'] ?? 0),
      highMs: Number(last?.['high_ms'] ?? trimmed?.['trimmed_ms'] ?? 0),
    }
  }

  /** The oldest position that is kept, or should be; {@link next} when nothing is. */
  oldest(): number {
    return Number(this.#sql.trimmed.get(this.id)?.['trimmed_to'] ?? 0)
  }

  /** The batch that holds the position, or else the next one after it. */
  rowFrom(position: number, fromMs: number, toMs: number): Row | undefined {
    const at = this.#sql.lastUpTo.get(position)
    if (at !== undefined && Number(at['first']) + Number(at['count']) > position) {
      return this.#row(Number(at['first']), fromMs, toMs)
    }
    const after = this.#sql.firstAfter.get(position)
    return after === undefined ? undefined : this.#row(Number(after['first']), fromMs, toMs)
  }

  /** A position before which no entry is from `fromMs` or later. */
  seek(fromMs: number): number {
    let low = this.oldest()
    let high = this.next
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = this.#sql.lastUpTo.get(middle)
      if (row === undefined || Number(row['high_ms']) >= fromMs) high = middle
      else low = Math.max(middle + 1, Number(row['first']) + Number(row['count']))
    }
    const holding = this.#sql.lastUpTo.get(low)
    return holding === undefined ? low : Math.min(low, Number(holding['first']))
  }

  statistics(): StreamStatistics {
    const oldest = this.#sql.oldest.get()
    if (oldest === undefined) return { entries: 0, bytes: 0, oldestMs: undefined }
    const bytesBefore = Number(oldest['bytes_end']) - Number(oldest['bytes'])
    return {
      entries: this.next - Number(oldest['first']),
      bytes: this.#durable.bytes - bytesBefore,
      oldestMs: Number(oldest['min_ms']),
    }
  }

  /** Deletes whole batches from the front, a bounded number; returns how many entries, 0 when there are none. */
  trimSome(beforeMs: number): number {
    const limits = { rows: 256, bytes: 4 << 20 }
    return this.#database.transact(() => {
      const consumed = this.#sql.slowest.get(this.id)?.['position']
      const upTo = consumed === null || consumed === undefined ? this.next : Number(consumed)
      let from: number | undefined
      let to = 0
      let bytes = 0
      let last = { bytes: 0, highMs: 0 }
      for (const row of this.#sql.oldestRows.iterate(limits.rows)) {
        const end = Number(row['first']) + Number(row['count'])
        if (Number(row['age_ms']) >= beforeMs || end > upTo || bytes >= limits.bytes) break
        from ??= Number(row['first'])
        to = end
        bytes += Number(row['bytes'])
        last = { bytes: Number(row['bytes_end']), highMs: Number(row['high_ms']) }
      }
      if (from === undefined) return 0
      this.#sql.remove.run(to)
      this.#sql.remember.run(to, last.bytes, last.highMs, this.id)
      this.noteTail()
      return to - from
    })
  }

  #row(first: number, fromMs: number, toMs: number): Row | undefined {
    const row = this.#sql.row.get(fromMs, toMs, first)
    if (row === undefined) return undefined
    const blob = row['data']
    return {
      first,
      count: Number(row['count']),
      crc: Number(row['crc']),
      blob: blob instanceof Uint8Array ? blob : null,
    }
  }
}

function damagedTail(name: string, cause: unknown): Error {
  return new Error(`the end of stream ${name} cannot be read; restore the file from a backup`, { cause })
}

function prepare(database: Database, id: number) {
  const batch = `batch_${id}`
  const metadata = 'first, count, min_ms, age_ms, high_ms, bytes_end, length(data) AS bytes'
  return {
    insert: database.prepare(`INSERT INTO ${batch} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    last: database.prepare(
      `SELECT first, count, bytes_end, high_ms FROM ${batch} ORDER BY first DESC LIMIT 1`,
    ),
    lastUpTo: database.prepare(
      `SELECT first, count, high_ms FROM ${batch} WHERE first <= ? ORDER BY first DESC LIMIT 1`,
    ),
    firstAfter: database.prepare(`SELECT first FROM ${batch} WHERE first > ? ORDER BY first LIMIT 1`),
    // SQLite reads a blob's overflow pages only when the CASE asks for them.
    row: database.prepare(
      `SELECT count, crc, CASE WHEN max_ms >= ? AND min_ms < ? THEN data END AS data FROM ${batch} WHERE first = ?`,
    ),
    oldest: database.prepare(`SELECT ${metadata} FROM ${batch} ORDER BY first LIMIT 1`),
    oldestRows: database.prepare(`SELECT ${metadata} FROM ${batch} ORDER BY first LIMIT ?`),
    remove: database.prepare(`DELETE FROM ${batch} WHERE first < ?`),
    remember: database.prepare(
      'UPDATE stream SET trimmed_to = ?, trimmed_bytes = ?, trimmed_ms = ? WHERE id = ?',
    ),
    trimmed: database.prepare('SELECT trimmed_to, trimmed_bytes, trimmed_ms FROM stream WHERE id = ?'),
    noteTail: database.prepare(
      'INSERT INTO tail VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
    ),
    knownTail: database.prepare(`SELECT max(position) AS position FROM (
      SELECT position FROM tail WHERE stream = ? UNION ALL SELECT committed FROM cursor WHERE stream = ?
    )`),
    slowest: database.prepare('SELECT min(committed) AS position FROM cursor WHERE stream = ?'),
  }
}
