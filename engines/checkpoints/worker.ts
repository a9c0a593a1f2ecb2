/** The thread that copies: a connection of its own for each copy, so that there is nothing to end when a file is closed. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort } from 'node:worker_threads'
import type { Copied, Copy } from './copies.ts'

parentPort?.on('message', ({ file, id }: Copy) => {
  const copied: Copied = { id, error: copyLog(file) }
  parentPort?.postMessage(copied, [])
})

function copyLog(file: string): Error | undefined {
  try {
    const database = new DatabaseSync(file, { timeout: 0 })
    try {
      // PASSIVE copies what it can while others write and read, and waits for nobody. Both files are synced as with FULL.
      database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_checkpoint(PASSIVE)')
    } finally {
      database.close()
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
