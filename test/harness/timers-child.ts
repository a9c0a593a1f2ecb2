/** A process that hears timers over a store that others share: `node timers-child.ts DIRECTORY`, until it is killed. */
import { writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import { openJobs } from '../../nodes/platform/kit/jobs/jobs.ts'
import { openTimers } from '../../nodes/platform/kit/jobs/timers.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { effectCollection, rings } from './timer-effects.ts'

const [directory = ''] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)
const store = await openSqliteStore({ directory, syncsBeside: true })
const jobs = openJobs({
  store,
  clock: systemClock,
  log: silentLogger,
  random: Math.random,
  bus: new MemoryHub().open(`${process.pid}`),
})
const effects = store.organization('acme').collection(effectCollection)
const running = openTimers({ jobs, store }).start([
  {
    ...rings,
    async ring({ dueAtMs, id }) {
      const atMs = Date.now()
      await effects.insert({ id: `${id}@${dueAtMs}`, dueAtMs, atMs })
      say(id)
      return undefined
    },
  },
])
await running.whenIdle()
say('ready')
for (;;) {
  const before = process.cpuUsage()
  await delay(5000)
  const { user, system } = process.cpuUsage(before)
  say(`cpu ${((user + system) / 50_000).toFixed(2)} %`)
}
