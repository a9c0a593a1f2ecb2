import type { StatementSync } from 'node:sqlite'
import { Trial } from '../shared/trial.ts'
import type { Database } from './database.ts'
import type { Group } from './group.ts'

/** The groups' trials on disk. A commit without a sync is enough: it outlives the process, whatever ends that. */
export class Trials {
  readonly #database: Database
  readonly #find: StatementSync
  readonly #write: StatementSync
  readonly #remove: StatementSync

  constructor(database: Database) {
    this.#database = database
    this.#find = database.prepare(
      'SELECT is_running, careful_to, kept FROM trial WHERE stream = ? AND name = ?',
    )
    this.#write = database.prepare(
      `INSERT INTO trial VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
        SET is_running = excluded.is_running, careful_to = excluded.careful_to, kept = excluded.kept`,
    )
    this.#remove = database.prepare('DELETE FROM trial WHERE stream = ? AND name = ?')
  }

  /** Takes a group up: with care up to `end`, should the process before have ended without {@link close}. */
  open(streamId: number, name: string, end: number): Trial {
    const row = this.#find.get(streamId, JSON.stringify(name))
    const carefulTo = row?.['is_running'] === 1 ? end : Number(row?.['careful_to'] ?? 0)
    const kept = row?.['kept']
    const trial = new Trial(carefulTo, typeof kept === 'string' ? kept : undefined)
    this.#save(streamId, name, trial, trial.keep(0), true)
    return trial
  }

  note(streamId: number, { name, trial, durable }: Group): void {
    this.#save(streamId, name, trial, trial.keep(durable), true)
  }

  close(streamId: number, { name, trial, durable }: Group): void {
    const kept = trial.keep(durable)
    if (kept === undefined) this.forget(streamId, name)
    else this.#save(streamId, name, trial, kept, false)
  }

  forget(streamId: number, name: string): void {
    this.#database.transact(() => this.#remove.run(streamId, JSON.stringify(name)))
  }

  #save(streamId: number, name: string, { carefulTo }: Trial, kept: string | undefined, isRunning: boolean) {
    const key = JSON.stringify(name)
    this.#database.transact(() => this.#write.run(streamId, key, isRunning ? 1 : 0, carefulTo, kept ?? null))
  }
}
