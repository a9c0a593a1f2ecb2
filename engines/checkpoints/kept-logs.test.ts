import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openSqliteSeries } from '../series/sqlite.ts'
import type { SqliteSeries } from '../series/sqlite/store.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { openSqliteStream } from '../stream/sqlite.ts'
import type { LogCopy } from './log-keeper.ts'

const notes = {
  name: 'notes',
  schema: z.strictObject({ id: z.string(), text: z.string() }),
  audit: 'none',
} as const
/** Twice as long as a log becomes before it begins anew, and some. */
const writtenBytes = 100 * 1024 * 1024

let directory: string
let series: SqliteSeries
let copied: string[]
const copyLog: LogCopy = async (file) => {
  await series.copyLog(file)
  copied.push(path.basename(file))
}

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'fleetloom-logs-'))
  series = await openSqliteSeries({ directory: path.join(directory, 'series') })
  copied = []
})

afterEach(async () => {
  await series.close()
  rmSync(directory, { recursive: true })
})

describe('logs are copied by the thread of the series, and begin anew,', () => {
  test('of the store', async () => {
    const open = () => openSqliteStore({ directory, syncsBeside: true, copyLog })
    const store = await open()
    const collection = store.organization('acme').collection(notes)
    const text = 'x'.repeat(100_000)
    const count = writtenBytes / text.length
    for (let n = 0; n < count; n += 1) await collection.insert({ id: `n${n}`, text })
    await store.close()
    expect(new Set(copied)).toEqual(new Set(['store.db']))
    expect(copied.length).toBeLessThan(count / 10)
    const again = await open()
    expect(await again.organization('acme').collection(notes).count()).toBe(Math.ceil(count))
    await again.close()
  })

  test('of the stream, and stay shorter than what went through them', async () => {
    const file = path.join(directory, 'stream.db')
    const stream = await openSqliteStream({ file, copyLog })
    const entry = {
      route: { orgId: 'acme', key: 'd1', type: 'data' },
      atMs: 1,
      data: Buffer.alloc(500_000, 1),
    }
    for (let sent = 0; sent < 3 * writtenBytes; sent += entry.data.length) {
      await stream.append('uplink', [entry])
      await nextTurn()
    }
    expect(new Set(copied)).toEqual(new Set(['stream.db']))
    expect(statSync(`${file}-wal`).size).toBeLessThan(2 * writtenBytes)
    await stream.close()
  })
})
