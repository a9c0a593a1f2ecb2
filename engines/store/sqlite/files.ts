/** Which file holds what: the pooled one, and for each dedicated organization its own. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { StoreUnavailable } from '../../../nodes/platform/store/errors.ts'
import { isOrganizationId } from '../names.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { DatabaseFile } from './database-file.ts'
import type { DatabasePaths } from './database-file.ts'
import type { TablePlace } from './page.ts'
import { tableOf } from './schema.ts'
import type { WriteQueueEvents, WriteQueueLimits } from './write-queue.ts'

export interface FilesOptions {
  readonly directory: string
  readonly isDedicated: (orgId: string) => boolean
  readonly maxFileBytes: number | undefined
  readonly syncsBeside: boolean
  readonly limits: WriteQueueLimits
  readonly eventsOf: (fileName: string) => WriteQueueEvents
}

const POOLED = 'store.db'
const DEDICATED = /^org-(.+)\.db$/

export class StoreFiles {
  readonly #options: FilesOptions
  readonly #open = new Map<string, DatabaseFile>()
  #closed = false

  constructor(options: FilesOptions) {
    this.#options = options
  }

  isDedicated(orgId: string): boolean {
    return orgId !== '' && this.#options.isDedicated(orgId)
  }

  pooled(): DatabaseFile {
    return this.#file(POOLED, { main: this.#path(POOLED) })
  }

  /** Where an organization's documents of a collection are; '' is the platform. */
  placeOf<T extends Document>(orgId: string, spec: CollectionSpec<T>): TablePlace {
    if (!this.isDedicated(orgId)) return { file: this.pooled(), table: tableOf(spec) }
    const name = `org-${orgId}.db`
    const own = this.#path(name)
    if (spec.uniqueEverywhere === undefined) {
      return { file: this.#file(name, { main: own }), table: tableOf(spec) }
    }
    // A connection of its own, because its writes lock the pooled file too, which the other collections need not
    // wait for. The pooled file is `main` because SQLite commits `main` first (see everywhere-keys.ts).
    const file = this.#file(`${name}+${POOLED}`, { main: this.#path(POOLED), own })
    return { file, table: tableOf(spec, 'own') }
  }

  /** The file that has all of an organization's documents, whatever their collection. */
  fileOf(orgId: string): DatabaseFile {
    const name = `org-${orgId}.db`
    return this.isDedicated(orgId) ? this.#file(name, { main: this.#path(name) }) : this.pooled()
  }

  /** Everywhere that documents of a collection can be. */
  allPlaces<T extends Document>(spec: CollectionSpec<T>): readonly TablePlace[] {
    const dedicated = readdirSync(this.#options.directory).flatMap((name) => {
      const orgId = DEDICATED.exec(name)?.[1]
      return isOrganizationId(orgId) && this.isDedicated(orgId) ? [this.placeOf(orgId, spec)] : []
    })
    return [this.placeOf('', spec), ...dedicated]
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(Array.from(this.#open.values(), (file) => file.close()))
  }

  #path(name: string): string {
    return join(this.#options.directory, name)
  }

  #file(name: string, paths: DatabasePaths): DatabaseFile {
    if (this.#closed) throw new StoreUnavailable('closed')
    const open = this.#open.get(name)
    if (open !== undefined) return open
    const file = new DatabaseFile(
      { ...paths, maxBytes: this.#options.maxFileBytes, syncsBeside: this.#options.syncsBeside },
      this.#options.limits,
      this.#options.eventsOf(name),
    )
    this.#open.set(name, file)
    return file
  }
}
