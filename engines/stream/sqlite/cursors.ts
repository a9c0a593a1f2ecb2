import type { StatementSync } from 'node:sqlite'
import { type Clock } from '../../../nodes/platform/clock.ts'
import type { Database } from './database.ts'
import type { Group } from './group.ts'

/** Longer would bring more back after a crash; shorter would be a commit of its own for every batch. */
const writeWithinMs = 100
/** Before that nobody need hurry: it would be a page more in every commit. */
const ridesAfterMs = 80

interface Owned {
  readonly streamId: number
  readonly group: Group
}

/** Writes the groups' places to disk: with an append's commit when one comes soon, else in one of their own. */
export class Cursors {
  readonly #database: Database
  readonly #clock: Clock
  readonly #onRefused: (error: unknown) => void
  readonly #upsert: StatementSync
  readonly #find: StatementSync
  readonly #remove: StatementSync
  readonly #dirty = new Map<Group, Owned>()
  #cancel: (() => void) | undefined
  #writtenMs = Number.NEGATIVE_INFINITY

  constructor(database: Database, clock: Clock, onRefused: (error: unknown) => void) {
    this.#database = database
    this.#clock = clock
    this.#onRefused = onRefused
    this.#upsert = database.prepare(
      'INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET committed = excluded.committed',
    )
    this.#find = database.prepare('SELECT committed FROM cursor WHERE stream = ? AND name = ?')
    this.#remove = database.prepare('DELETE FROM cursor WHERE stream = ? AND name = ?')
  }

  /** The group's place, made durable first if it has none. */
  open(streamId: number, group: string, startAt: () => number): number {
    const known = this.find(streamId, group)
    if (known !== undefined) return known
    const position = startAt()
    this.#database.transact(() => this.#upsert.run(streamId, JSON.stringify(group), position))
    return position
  }

  /** The group's place as the file has it. */
  find(streamId: number, group: string): number | undefined {
    const known = this.#find.get(streamId, JSON.stringify(group))
    return known === undefined ? undefined : Number(known['committed'])
  }

  /** False when there was none. */
  forget(streamId: number, name: string, group: Group | undefined): boolean {
    const remove = () => this.#remove.run(streamId, JSON.stringify(name)).changes
    const removed = Number(this.#database.transact(remove)) > 0
    if (group !== undefined) this.#dirty.delete(group)
    return removed
  }

  moved(streamId: number, group: Group): void {
    this.#dirty.set(group, { streamId, group })
    this.#flushLater()
  }

  /** Writes inside the caller's transaction what has waited long enough; what it returns is to be called after the commit. */
  stage(): () => void {
    const isDue = this.#clock.monotonicMs() - this.#writtenMs >= ridesAfterMs
    return isDue ? this.#stageAll() : () => undefined
  }

  #stageAll(): () => void {
    if (this.#dirty.size === 0) return () => undefined
    const staged = [...this.#dirty.values()].map(({ streamId, group }) => ({
      streamId,
      group,
      at: group.durable,
    }))
    for (const { streamId, group, at } of staged) this.#upsert.run(streamId, JSON.stringify(group.name), at)
    return () => {
      for (const { group, at } of staged) {
        group.committed = at
        this.#dirty.delete(group)
      }
      this.#writtenMs = this.#clock.monotonicMs()
      this.stop()
    }
  }

  /** In a commit of its own; when the engine refuses, it is tried again later. */
  flush(): void {
    if (this.#dirty.size === 0) return
    try {
      this.#database.transact(() => this.#stageAll())()
    } catch (error) {
      this.#onRefused(error)
      this.#flushLater()
    }
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #flushLater(): void {
    this.#cancel ??= this.#clock.after(writeWithinMs, () => {
      this.#cancel = undefined
      this.flush()
    })
  }
}
