import { DatabaseSync } from 'node:sqlite'

/** Holds a SQLite file exclusively, as a backup program might; gives the function that lets go. */
export function lockDatabase(file: string): () => void {
  const database = new DatabaseSync(file, { timeout: 5000 })
  database.exec('BEGIN EXCLUSIVE')
  return () => {
    database.exec('ROLLBACK')
    database.close()
  }
}
