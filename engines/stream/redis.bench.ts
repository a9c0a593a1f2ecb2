/**
 * What the log in Redis costs against the one in SQLite, run by hand, on one core:
 * `taskset -c 0 node engines/stream/redis.bench.ts [entries] [batch]`. Prints lines of JSON.
 * The server is on the same machine, append-only and synced before each answer; pin both to compare.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../redis/server.fixture.ts'
import type { NewEntry, Stream } from '../../nodes/platform/stream/port.ts'
import { openRedisStream } from './redis.ts'
import { openSqliteStream } from './sqlite.ts'

const [entries = 500_000, batch = 500] = process.argv.slice(2, 4).map(Number)
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

function report(what: string, count: number, sinceMs: number, cpu: NodeJS.CpuUsage): void {
  const ms = performance.now() - sinceMs
  const { user, system } = process.cpuUsage(cpu)
  const perSecond = Math.round((count / ms) * 1000)
  console.log(JSON.stringify({ what, perSecond, cpuUsEach: Number(((user + system) / count).toFixed(2)) }))
}

async function measure(name: string, stream: Stream, inFlight: number): Promise<void> {
  let consumed = 0
  const handle = (handed: readonly unknown[]) => {
    consumed += handed.length
    return Promise.resolve({ kind: 'processed', durable: Promise.resolve() } as const)
  }
  const options = { group: 'process', startAt: 'beginning', maxEntries: 2000, handle } as const
  const abandon = () => Promise.resolve()
  const rounds = Math.ceil(entries / batch)
  const append = async (to: string): Promise<void> => {
    let next = 0
    const produce = async (): Promise<void> => {
      while (next < rounds) {
        const own = batches[next % 64] ?? []
        next += 1
        await stream.append(to, own)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, produce))
  }
  let start = performance.now()
  let cpu = process.cpuUsage()
  await append('one')
  report(`${name}: append, ${inFlight} in flight`, rounds * batch, start, cpu)
  start = performance.now()
  cpu = process.cpuUsage()
  const late = await stream.consume({ ...options, stream: 'one', abandon })
  await late.whenLagAtMost(0)
  report(`${name}: consume a backlog`, consumed, start, cpu)
  await late.close()
  start = performance.now()
  cpu = process.cpuUsage()
  const following = await stream.consume({ ...options, stream: 'two', abandon })
  await append('two')
  await following.whenLagAtMost(0)
  report(`${name}: append and consume at the head`, rounds * batch, start, cpu)
  await stream.close()
}

const folder = mkdtempSync(join(tmpdir(), 'stream-bench-'))
await measure('SQLite', await openSqliteStream({ file: join(folder, 'stream.db') }), 1)
rmSync(folder, { recursive: true })
await using server = await startRedis()
await measure('Redis', await openRedisStream({ url: server.url }), 1)
await using again = await startRedis()
await measure('Redis', await openRedisStream({ url: again.url }), 4)
