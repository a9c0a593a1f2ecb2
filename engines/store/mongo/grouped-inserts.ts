/** Group commit: the inserts of one event-loop turn travel together, and each learns what became of it alone. */
import { MongoBulkWriteError } from 'mongodb'
import type { Collection as Table } from 'mongodb'

import { refusingIndex, troubleOf } from '../../mongo/trouble.ts'
import { StoreUnavailable } from '../../../nodes/platform/store/errors.ts'
import { keyOfIndex } from './indexes.ts'
import type { Row } from './row.ts'

interface Waiting {
  readonly row: Row
  /** With the unique key that was taken, or undefined when the row is in. */
  readonly resolve: (takenKey: string | undefined) => void
  readonly reject: (error: unknown) => void
}

const BATCH = 500
const DUPLICATE_KEY = 11_000

export class GroupedInserts {
  readonly #table: Table<Row>
  #waiting: Waiting[] = []
  #isScheduled = false

  constructor(table: Table<Row>) {
    this.#table = table
  }

  /** Resolves when the row is durable, or with the name of the unique key that was taken. */
  insert(row: Row): Promise<string | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
    this.#waiting.push({ row, resolve, reject })
    if (!this.#isScheduled) setImmediate(() => this.#flush())
    this.#isScheduled = true
    return promise
  }

  #flush(): void {
    this.#isScheduled = false
    const waiting = this.#waiting
    this.#waiting = []
    for (let at = 0; at < waiting.length; at += BATCH) void this.#send(waiting.slice(at, at + BATCH))
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#table.insertMany(
        batch.map(({ row }) => row),
        { ordered: false },
      )
      for (const { resolve } of batch) resolve(undefined)
    } catch (error) {
      if (error instanceof MongoBulkWriteError) this.#sort(batch, error)
      else for (const { reject } of batch) reject(error)
    }
  }

  #sort(batch: readonly Waiting[], error: MongoBulkWriteError): void {
    const failed = new Map([error.writeErrors].flat().map((each) => [each.index, each]))
    const unconfirmed = failed.size === 0 || error.result.getWriteConcernError() !== undefined
    for (const [index, { resolve, reject }] of batch.entries()) {
      const failure = failed.get(index)
      if (failure?.code === DUPLICATE_KEY) {
        resolve(keyOfIndex(refusingIndex(failure.errmsg ?? '') ?? ''))
      } else if (failure !== undefined) reject(failure)
      else if (unconfirmed) reject(new StoreUnavailable(troubleOf(error) ?? 'busy', error))
      else resolve(undefined)
    }
  }
}
