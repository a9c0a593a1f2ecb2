import type { DatabaseSync } from 'node:sqlite'
import type { GroupCommit } from './group-commit.ts'

interface Expiry {
  readonly expiryMs: number
  /** Epoch milliseconds; undefined while it is connected. */
  readonly endsAtMs: number | undefined
}

/** When kept sessions end after their connection has (MQTT 5, 3.1.2.11.2); those that are not named never do. */
export class StoredExpiries {
  readonly #expiries = new Map<string, Expiry>()
  readonly #commit: GroupCommit
  readonly #statements

  /** @param nowMs when every connection of before has ended, at the latest */
  constructor(database: DatabaseSync, commit: GroupCommit, nowMs: number) {
    this.#commit = commit
    this.#statements = {
      put: database.prepare('INSERT OR REPLACE INTO expiry VALUES (?, ?, ?)'),
      remove: database.prepare('DELETE FROM expiry WHERE client_id = ?'),
    }
    database.prepare('UPDATE expiry SET ends_at = ? + expiry_ms WHERE ends_at IS NULL').run(nowMs)
    for (const row of database.prepare('SELECT client_id, expiry_ms, ends_at FROM expiry').iterate()) {
      const [expiryMs, endsAtMs] = [Number(row['expiry_ms']), Number(row['ends_at'])]
      this.#expiries.set(String(row['client_id']), { expiryMs, endsAtMs })
    }
  }

  /** @param expiryMs infinite for a session that never ends by itself */
  async connected(clientId: string, expiryMs: number): Promise<void> {
    if (expiryMs === Infinity) return this.remove(clientId)
    await this.#put(clientId, { expiryMs, endsAtMs: undefined })
  }

  /** Its connection ended; `expiryMs` is what it said last, if it did. */
  async left(
    clientId: string,
    nowMs: number,
    expiryMs = this.#expiries.get(clientId)?.expiryMs,
  ): Promise<void> {
    if (expiryMs === undefined) return
    if (expiryMs === Infinity) return this.remove(clientId)
    await this.#put(clientId, { expiryMs, endsAtMs: nowMs + expiryMs })
  }

  hasEnded(clientId: string, nowMs: number): boolean {
    return (this.#expiries.get(clientId)?.endsAtMs ?? Infinity) <= nowMs
  }

  ended(nowMs: number): readonly string[] {
    return [...this.#expiries.keys()].filter((clientId) => this.hasEnded(clientId, nowMs))
  }

  async remove(clientId: string): Promise<void> {
    if (this.#expiries.delete(clientId)) await this.#commit.write(this.#statements.remove, clientId)
  }

  async #put(clientId: string, expiry: Expiry): Promise<void> {
    this.#expiries.set(clientId, expiry)
    await this.#commit.write(this.#statements.put, clientId, expiry.expiryMs, expiry.endsAtMs ?? null)
  }
}
