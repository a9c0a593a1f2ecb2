/** A store in a directory of its own, small enough that every mechanism comes to bear. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { SeriesUnderTest } from '../../nodes/platform/series/contract/fixture.ts'
import { openSqliteSeries } from './sqlite.ts'
import type { SqliteSeries, SqliteSeriesOptions } from './sqlite.ts'

export interface SqliteUnderTest extends SeriesUnderTest {
  readonly store: SqliteSeries
  readonly directory: string
}

const SMALL = { tailRows: 32, fanIn: 3, maxSealedTails: 2, quietMs: 0 } as const

export async function openForTest(options: Partial<SqliteSeriesOptions> = {}): Promise<SqliteUnderTest> {
  const root = mkdtempSync(join(tmpdir(), 'series-'))
  const open = (directory: string): Promise<SqliteSeries> =>
    openSqliteSeries({ ...SMALL, ...options, directory })
  let directory = join(root, '0')
  let store = await open(directory)
  const abandoned: SqliteSeries[] = []
  return {
    get store() {
      return store
    },
    get directory() {
      return directory
    },
    async reopen() {
      await store.close()
      store = await open(directory)
    },
    async crash() {
      const copy = join(root, String(abandoned.length + 1))
      cpSync(directory, copy, { recursive: true })
      abandoned.push(store)
      directory = copy
      store = await open(copy)
    },
    async settle() {
      await store.settled()
    },
    async close() {
      await Promise.all([...abandoned, store].map((one) => one.close()))
      rmSync(root, { recursive: true })
    },
  }
}
