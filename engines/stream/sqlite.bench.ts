/**
 * What the log costs, run by hand: `node engines/stream/sqlite.bench.ts [entries] [batch] [folder]`.
 * Prints lines of JSON. `bare` is the same work with the prepared statement alone: the limit to compare with.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { NewEntry } from '../../nodes/platform/stream/port.ts'
import { openSqliteStream } from './sqlite.ts'

const [entries = 1_000_000, batch = 500] = process.argv.slice(2, 4).map(Number)
const folder = mkdtempSync(join(process.argv[4] ?? tmpdir(), 'stream-bench-'))
const routes = Array.from({ length: 1000 }, (_, device) => ({
  orgId: 'org-1',
  key: `device-${device}`,
  type: `org/org-1/device/device-${device}/telemetry`,
}))
const data = Buffer.from(
  JSON.stringify({
    ts: '2025-09-06T12:00:00Z',
    readings: [
      { port: 1, value: 230.5 },
      { port: 2, value: 0 },
    ],
  }),
)
const batches = Array.from({ length: 64 }, (_, start) =>
  Array.from({ length: batch }, (__, index): NewEntry => {
    const route = routes[(start * 37 + index) % routes.length]
    if (route === undefined) throw new Error('no route')
    return { route, atMs: 1_757_160_000_000 + index, data }
  }),
)

function report(what: string, count: number, sinceMs: number, cpu: NodeJS.CpuUsage, more: object = {}): void {
  const ms = performance.now() - sinceMs
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    JSON.stringify({
      what,
      perSecond: Math.round((count / ms) * 1000),
      usEach: Number(((ms * 1000) / count).toFixed(2)),
      cpuUsEach: Number(((user + system) / count).toFixed(2)),
      ...more,
    }),
  )
}

/** One row of the same size a commit, and nothing else. */
function bare(synchronous: 'FULL' | 'OFF'): void {
  const sqlite = new DatabaseSync(join(folder, `bare-${synchronous}.db`))
  sqlite.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
  sqlite.exec('CREATE TABLE batch (first INTEGER PRIMARY KEY, data BLOB)')
  const insert = sqlite.prepare('INSERT INTO batch VALUES (?, ?)')
  const blob = new Uint8Array(batch * (16 + 68 + data.length))
  const start = performance.now()
  const cpu = process.cpuUsage()
  const rounds = Math.ceil(entries / batch)
  for (let round = 0; round < rounds; round += 1) insert.run(round, blob)
  report(`bare insert of a blob a batch, synchronous=${synchronous}`, rounds * batch, start, cpu, {
    usCommit: Math.round(((performance.now() - start) * 1000) / rounds),
  })
  sqlite.close()
}

async function append(consuming: boolean): Promise<void> {
  const file = join(folder, `append-${String(consuming)}.db`)
  const stream = await openSqliteStream({ file })
  let consumed = 0
  const handle = (handed: readonly unknown[]) => {
    consumed += handed.length
    return Promise.resolve({ kind: 'processed', durable: Promise.resolve() } as const)
  }
  const options = { stream: 'uplink', group: 'process', startAt: 'beginning', maxEntries: 1000 } as const
  const abandon = () => Promise.resolve()
  const consumer = consuming ? await stream.consume({ ...options, handle, abandon }) : undefined
  const start = performance.now()
  const cpu = process.cpuUsage()
  const rounds = Math.ceil(entries / batch)
  for (let round = 0; round < rounds; round += 1) await stream.append('uplink', batches[round % 64] ?? [])
  await consumer?.whenLagAtMost(0)
  report(consuming ? 'append and consume at the head' : 'append', rounds * batch, start, cpu, {
    usCommit: Math.round(((performance.now() - start) * 1000) / rounds),
    bytesEach: Math.round(statSync(file).size / (rounds * batch)),
    consumed,
  })
  if (!consuming) {
    const from = performance.now()
    const cpuFrom = process.cpuUsage()
    const late = await stream.consume({ ...options, group: 'late', handle, abandon })
    await late.whenLagAtMost(0)
    report('consume from the file', consumed, from, cpuFrom)
    const trimFrom = performance.now()
    const trimCpu = process.cpuUsage()
    await late.close()
    report('trim', await stream.trim('uplink', Number.MAX_SAFE_INTEGER), trimFrom, trimCpu)
  }
  await stream.close()
}

bare('FULL')
bare('OFF')
await append(false)
await append(true)
rmSync(folder, { recursive: true })
