import type { StatementSync } from 'node:sqlite'
import { type Clock } from '../clock.ts'
import { type Database, isPassing } from './database.ts'
import type { Group } from './group.ts'

/** Longer would bring more back after a crash; shorter would be a commit of its own for every batch. */
const writeWithinMs = 100

interface Owned {
  readonly streamId: number
  readonly group: Group
}

/** Writes the groups' places to disk: with an append's commit when one comes soon, else in one of their own. */
export class Cursors {
  readonly #database: Database
  readonly #clock: Clock
  readonly #upsert: StatementSync
  readonly #find: StatementSync
  readonly #remove: StatementSync
  readonly #dirty = new Map<Group, Owned>()
  #cancel: (() => void) | undefined

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#upsert = database.prepare(
      'INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET committed = excluded.committed',
    )
    this.#find = database.prepare('SELECT committed FROM cursor WHERE stream = ? AND name = ?')
    this.#remove = database.prepare('DELETE FROM cursor WHERE stream = ? AND name = ?')
  }

  /** The group's place, made durable first if it has none. */
  open(streamId: number, group: string, startAt: () => number): number {
    const name = JSON.stringify(group)
    const known = this.#find.get(streamId, name)
    if (known !== undefined) return Number(known['committed'])
    const position = startAt()
    this.#database.transact(() => this.#upsert.run(streamId, name, position))
    return position
  }

  /** False when there was none. */
  forget(streamId: number, group: string): boolean {
    const remove = () => this.#remove.run(streamId, JSON.stringify(group)).changes
    return Number(this.#database.transact(remove)) > 0
  }

  moved(streamId: number, group: Group): void {
    this.#dirty.set(group, { streamId, group })
    this.#cancel ??= this.#clock.after(writeWithinMs, () => {
      this.#cancel = undefined
      this.flush()
    })
  }

  /** Writes inside the caller's transaction; what it returns is to be called after the commit. */
  stage(): () => void {
    const staged = [...this.#dirty.values()].map(({ streamId, group }) => ({
      streamId,
      group,
      at: group.durable,
    }))
    for (const { streamId, group, at } of staged) this.#upsert.run(streamId, JSON.stringify(group.name), at)
    return () => {
      for (const { group, at } of staged) {
        group.committed = at
        if (group.durable === at) this.#dirty.delete(group)
      }
      if (this.#dirty.size === 0) this.stop()
    }
  }

  /** False when the engine refused; it is then tried again. */
  flush(): boolean {
    if (this.#dirty.size === 0) return true
    try {
      this.#database.transact(() => this.stage())()
      return true
    } catch (error) {
      if (!isPassing(error)) throw error
      for (const { streamId, group } of this.#dirty.values()) this.moved(streamId, group)
      return false
    }
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
