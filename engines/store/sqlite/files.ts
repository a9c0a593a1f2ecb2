/** Which file holds what: the pooled one, and for each dedicated organization its own. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { MoveUnfinished, StoreUnavailable } from '../../../nodes/platform/store/errors.ts'
import type { CollectionSpec, Document } from '../../../nodes/platform/store/port.ts'
import { DatabaseFile } from './database-file.ts'
import type { DatabasePaths } from './database-file.ts'
import { ownFileOf, POOLED, readFileName } from './file-names.ts'
import type { TablePlace } from './page.ts'
import { tableOf } from './schema.ts'
import type { WriteQueueEvents, WriteQueueLimits } from './write-queue.ts'

export interface FilesOptions {
  readonly directory: string
  /** By default those that have a file, and get one by {@link StoreFiles.dedicate}. */
  readonly isDedicated: ((orgId: string) => boolean) | undefined
  readonly maxFileBytes: number | undefined
  readonly syncsBeside: boolean
  readonly copyLog: DatabasePaths['copyLog']
  readonly limits: WriteQueueLimits
  readonly eventsOf: (fileName: string) => WriteQueueEvents
}

export class StoreFiles {
  readonly #options: FilesOptions
  readonly #open = new Map<string, DatabaseFile>()
  readonly #dedicated = new Set<string>()
  #closed = false

  constructor(options: FilesOptions) {
    this.#options = options
    for (const orgId of this.#withFile()) this.#dedicated.add(orgId)
  }

  isDedicated(orgId: string): boolean {
    const { isDedicated } = this.#options
    return orgId !== '' && (isDedicated === undefined ? this.#dedicated.has(orgId) : isDedicated(orgId))
  }

  /** Gives it a file. */
  dedicate(orgId: string): void {
    if (this.isDedicated(orgId)) return
    const name = ownFileOf(orgId)
    this.#file(name, () => ({ main: this.#path(name) }))
    this.#dedicated.add(orgId)
  }

  pooled(): DatabaseFile {
    return this.#file(POOLED, () => ({ main: this.#path(POOLED) }))
  }

  /** Where an organization's documents of a collection are; '' is the platform. */
  placeOf<T extends Document>(orgId: string, spec: CollectionSpec<T>): TablePlace {
    if (!this.isDedicated(orgId)) return { file: this.pooled(), table: tableOf(spec) }
    const name = ownFileOf(orgId)
    if (spec.uniqueEverywhere === undefined) return { file: this.fileOf(orgId), table: tableOf(spec) }
    // A connection of its own, because its writes lock the pooled file too, which the other collections need not
    // wait for. The pooled file is `main` because SQLite commits `main` first (see everywhere-keys.ts).
    const paths = (): DatabasePaths => ({ main: this.#path(POOLED), own: this.#path(name) })
    const file = this.#file(`${name}+${POOLED}`, paths)
    return { file, table: tableOf(spec, 'own') }
  }

  /** The file that has all of an organization's documents, whatever their collection. */
  fileOf(orgId: string): DatabaseFile {
    const name = ownFileOf(orgId)
    return this.isDedicated(orgId) ? this.#file(name, () => ({ main: this.#path(name) })) : this.pooled()
  }

  /** Everywhere that documents of a collection can be. */
  allPlaces<T extends Document>(spec: CollectionSpec<T>): readonly TablePlace[] {
    const orgIds = this.#options.isDedicated === undefined ? [...this.#dedicated] : this.#withFile()
    const dedicated = orgIds.filter((orgId) => this.isDedicated(orgId))
    return [this.placeOf('', spec), ...dedicated.map((orgId) => this.placeOf(orgId, spec))]
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(Array.from(this.#open.values(), (file) => file.close()))
  }

  #withFile(): readonly string[] {
    return readdirSync(this.#options.directory).flatMap((name) => {
      const { isMark, orgId } = readFileName(name) ?? {}
      if (isMark === true) throw new MoveUnfinished(orgId ?? '')
      return orgId ?? []
    })
  }

  #path(name: string): string {
    return join(this.#options.directory, name)
  }

  #file(name: string, paths: () => DatabasePaths): DatabaseFile {
    if (this.#closed) throw new StoreUnavailable('closed')
    const open = this.#open.get(name)
    if (open !== undefined) return open
    const { copyLog, eventsOf, limits, maxFileBytes: maxBytes, syncsBeside } = this.#options
    const file = new DatabaseFile({ ...paths(), copyLog, maxBytes, syncsBeside }, limits, eventsOf(name))
    this.#open.set(name, file)
    return file
  }
}
