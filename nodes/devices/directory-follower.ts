import type { Bus } from '../platform/bus/port.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { StoreDeviceDirectory } from './directory.ts'
import type { AnnouncedChange, RegistryChange, RegistryChanges } from './registry-changes.ts'

/** Clocks of the instances may differ by so much, and notes may take so long to be seen. */
export const slackMs = 60_000
/** Notes of changes are kept for so long. */
export const notesKeptMs = 24 * 3_600_000

export interface FollowerParts {
  readonly directory: Pick<StoreDeviceDirectory, 'refresh' | 'reload'>
  readonly changes: RegistryChanges
  readonly bus: Bus
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: Logger
  /** When the directory began to be read. */
  readonly readAtMs: number
}

/**
 * Keeps the directory as the other instances leave the registry: each change they tell of is read at once, those that
 * come meanwhile together, and after a gap (or a failure of the store) what the notes say has changed since.
 */
export class DirectoryFollower {
  readonly #parts: FollowerParts
  readonly #stops: readonly (() => void)[]
  #waiting: AnnouncedChange[] = []
  #reading: Promise<void> | undefined
  #isBehind = false
  /** Of the notes of the last minute, as they were when what they are about was read. */
  #versions: ReadonlyMap<string, number> = new Map()
  #caughtUpMs: number

  constructor(parts: FollowerParts) {
    this.#parts = parts
    this.#caughtUpMs = parts.readAtMs
    this.#stops = [
      parts.changes.onAnnounced((change) => {
        this.#waiting.push(change)
        this.#read()
      }),
      parts.bus.onGap(() => this.catchUp()),
    ]
  }

  /** Reads what has changed since this was done last; to be called now and then, for what no event tells. */
  catchUp(): void {
    this.#isBehind = true
    this.#read()
  }

  /** Resolves when everything that was heard of is read, or could not be. */
  async whenRead(): Promise<void> {
    await this.#reading
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #read(): void {
    this.#reading ??= this.#readAll().finally(() => (this.#reading = undefined))
  }

  async #readAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0 || this.#isBehind) {
        if (this.#isBehind) await this.#readNotes()
        const changes = this.#waiting
        this.#waiting = []
        await this.#parts.directory.refresh(changes)
        this.#parts.changes.confirm(changes)
      }
    } catch (error) {
      // What was waiting is in the notes: the next time brings it along.
      this.#isBehind = true
      this.#parts.log.warn({ err: error }, 'changes of devices could not be read, will be tried again')
    }
  }

  async #readNotes(): Promise<void> {
    const { changes, clock, directory } = this.#parts
    const startedMs = clock.nowMs()
    this.#isBehind = false
    if (startedMs - this.#caughtUpMs > notesKeptMs - slackMs) await directory.reload()
    else {
      const changed: RegistryChange[] = []
      const versions = new Map<string, number>()
      for await (const { change, id, isMade, version } of changes.since(this.#caughtUpMs - slackMs)) {
        // What was read in this version is as it is, unless whoever was about to change it may have done so since.
        if (!isMade || this.#versions.get(id) !== version) changed.push(change)
        versions.set(id, version)
      }
      if (changed.length > 0) await directory.refresh(changed)
      this.#versions = versions
    }
    this.#caughtUpMs = startedMs
  }
}
