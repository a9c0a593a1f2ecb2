import { describe, expect, test } from 'vitest'
import { planBackup } from './plan.ts'

describe('the plan of a backup', () => {
  test('pins what runs ahead of the stream after it, and the broker before it', () => {
    const { databases } = planBackup([
      'store/store.db',
      'series/series.db',
      'other/other.db',
      'store/org-acme.db',
      'stream/stream.db',
      'broker/broker.db',
    ])
    expect(databases).toEqual([
      'broker/broker.db',
      'stream/stream.db',
      'series/series.db',
      'other/other.db',
      'store/org-acme.db',
      'store/store.db',
    ])
  })

  test('leaves out what belongs to open databases, half-written files and what a restore put aside', () => {
    const { databases, files } = planBackup([
      'stream/stream.db',
      'stream/stream.db-wal',
      'stream/stream.db-shm',
      'series/series.lock',
      'series/series.lock-journal',
      'node-red/flows_cred.json.tmp',
      'node-red/flows_cred.json',
      'before-restore-2026-11-21T10-00-00Z/store/store.db',
      '.restoring-17/store/store.db',
      'lost+found/x',
      'archive/org=acme/day=2026-11-20/.tmp-1',
      '.secrets-0a1b.json',
      'secrets.json',
      'archive/acme/2026-11-20.parquet',
    ])
    expect(databases).toEqual(['stream/stream.db'])
    expect(files).toEqual(['archive/acme/2026-11-20.parquet', 'node-red/flows_cred.json', 'secrets.json'])
  })
})
