/** What timers that are not due yet cost: at the start of a process, and while it has nothing else to do. */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { dueAt } from '../../nodes/platform/kit/jobs/job.ts'
import { timerCollection } from '../../nodes/platform/kit/jobs/timers.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { startWorker } from '../../test/harness/child-process.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { effectCollection, rings } from '../../test/harness/timer-effects.ts'

export const about =
  'Timers: what those to come cost at the start and while nothing is due, and how late others ring'
export const usage = '  --timers N   how many there are to come (default 100000)'

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], strict: false, options: { timers: { type: 'string' } } })
  const timers = Number(values.timers ?? 100_000)
  for (const count of [0, timers]) {
    const folder = await temporaryDirectory()
    await fill(folder.path, count)
    const starts: number[] = []
    for (let round = 0; round < 3; round += 1) {
      const worker = await startWorker('timers-child.ts', [folder.path])
      starts.push(Math.round(worker.readyMs))
      await worker.kill('SIGKILL')
    }
    const worker = await startWorker('timers-child.ts', [folder.path])
    // The first figure has the start in it.
    while (worker.said.length < 2) await once(AbortSignal.timeout(500), 'abort')
    const late = await lateness(folder.path)
    await worker.kill('SIGKILL')
    await folder.remove()
    starts.sort((a, b) => a - b)
    console.log(
      `${count} timers to come: ready after ${starts[1]} ms, idle ${worker.said[1]}; ${ringing} that ring: ${late}`,
    )
  }
}

const ringing = 600
const everyMs = 10

/** How late timers ring that are set beside those to come, one every 10 ms. */
async function lateness(directory: string): Promise<string> {
  const store = await openSqliteStore({ directory })
  const acme = store.organization('acme')
  const fromMs = Date.now() + 2000
  await Promise.all(
    Array.from({ length: ringing }, (_, n) => {
      const timer = { id: `soon${n}`, kind: rings.kind, data: null, ...dueAt(fromMs + n * everyMs) }
      return acme.collection(timerCollection).insert(timer)
    }),
  )
  const effects = acme.collection(effectCollection)
  while ((await effects.count()) < ringing) await once(AbortSignal.timeout(500), 'abort')
  const { items } = await effects.find({}, { limit: ringing })
  await store.close()
  const late = items.map(({ document: { atMs, dueAtMs } }) => atMs - dueAtMs).sort((a, b) => a - b)
  const at = (share: number): number => late[Math.ceil(late.length * share) - 1] ?? 0
  return `late p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`
}

async function fill(directory: string, count: number): Promise<void> {
  const store = await openSqliteStore({ directory, maxWaitingWrites: 20_000 })
  const documents = store.organization('acme').collection(timerCollection)
  const laterMs = Date.now() + 3_600_000
  for (let at = 0; at < count; at += 10_000) {
    await Promise.all(
      Array.from({ length: Math.min(10_000, count - at) }, (_, n) =>
        documents.insert({ id: `t${at + n}`, kind: rings.kind, data: null, ...dueAt(laterMs + at + n) }),
      ),
    )
  }
  await store.close()
}
