/** Keeps a second process out: two that number series and tails would overwrite each other's. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'

/** A process that is being replaced may need a moment to end. */
const PATIENCE_MS = 10_000
const LOOK_AGAIN_MS = 100

export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse'
  constructor(directory: string, cause: unknown) {
    super(`${directory} is in use by another process`, { cause })
  }
}

/** Returns what releases the lock; a crash releases it, too. @throws DirectoryInUse */
export async function lockDirectory(directory: string, patienceMs = PATIENCE_MS): Promise<() => void> {
  const db = new DatabaseSync(join(directory, 'series.lock'), { timeout: 0 })
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      db.exec('BEGIN EXCLUSIVE')
      return () => db.close()
    } catch (error) {
      if (performance.now() > giveUpAt) {
        db.close()
        throw new DirectoryInUse(directory, error)
      }
      await setTimeout(LOOK_AGAIN_MS)
    }
  }
}
