/** Seven days of a fleet of pods, in virtual time on a real store, with all that must hold checked at the end of each. */
import { parseArgs } from 'node:util'
import { live } from './live.ts'

export const about =
  'Seven days of 1,000 pods at 15,000 events a day in virtual time, with every invariant checked'
export const usage = `npm run bench -- week [options]
  --seed N     the same is the same week (default 1)
  --days N     (default 7)
  --pods N     (default 1000)
  --events N   a day, from the first request to the door that closes (default 15000)`

const goalSeconds = 60

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      seed: { type: 'string' },
      days: { type: 'string' },
      pods: { type: 'string' },
      events: { type: 'string' },
    },
  })
  const week = {
    seed: String(values.seed ?? 1),
    days: Number(values.days ?? 7),
    pods: Number(values.pods ?? 1000),
    eventsPerDay: Number(values.events ?? 15_000),
  }
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()]
  const { bookings, events, outcomes } = await live(week)
  const seconds = (performance.now() - startedMs) / 1000
  const { system, user } = process.cpuUsage(cpu)
  console.log(
    `${week.days} days of ${week.pods} pods: ${events} events, ${bookings} bookings in ${seconds.toFixed(1)} s ` +
      `(${((user + system) / 1e6).toFixed(1)} s of CPU; goal: < ${goalSeconds} s); all held`,
  )
  console.log(
    Object.entries(outcomes)
      .map(([outcome, count]) => `${outcome} ${count}`)
      .join(', '),
  )
  console.log(`again: npm run bench -- week --seed ${week.seed}`)
}
