/** Bookings a second from the request until they are paid, and what becomes of a thousand who want the same time. */
import { parseArgs } from 'node:util'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { openChain } from '../../nodes/access/booking-chain.fixture.ts'
import { podSettings } from '../../nodes/booking/booking-world.fixture.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import type { DomainEvent } from '../../nodes/platform/kit/events/event.ts'
import { bySubject } from '../../nodes/platform/kit/events/by-subject.ts'
import { race } from './race.ts'

export const about =
  'Bookings: made, paid and with their codes a second on SQLite; a race of two processes for one time'
export const usage = `npm run bench -- booking [options]
  --bookings N    how many (default 2000)
  --pods N        over so many pods (default 200)
  --at-once N     requests in flight (default 64)
  --racers N      who want one time, half of them in each of two processes (default 1000)
  --rounds N      of the race (default 3)`

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      bookings: { type: 'string' },
      pods: { type: 'string' },
      'at-once': { type: 'string' },
      racers: { type: 'string' },
      rounds: { type: 'string' },
    },
  })
  await pace({
    bookings: Number(values.bookings ?? 2000),
    pods: Number(values.pods ?? 200),
    atOnce: Number(values['at-once'] ?? 64),
  })
  await race(Number(values.racers ?? 1000), Number(values.rounds ?? 3))
}

interface Load {
  readonly bookings: number
  readonly pods: number
  readonly atOnce: number
}

const slotMs = 30 * 60_000

async function pace({ atOnce, bookings, pods }: Load): Promise<void> {
  const folder = await temporaryDirectory()
  const store = await openSqliteStore({ directory: folder.path })
  const waiting: DomainEvent[] = []
  let wake = (): void => undefined
  const chain = openChain({
    store,
    clock: systemClock,
    append: (events) => {
      waiting.push(...events)
      wake()
      return Promise.resolve()
    },
  })
  const firstMs = Math.ceil(Date.now() / 86_400_000 + 1) * 86_400_000
  for (let n = 0; n < pods; n += 1) await chain.pods.save('acme', `p${n}`, podSettings)
  const users = Array.from({ length: pods }, (_, n) => `u${n}`)
  for (const id of users) {
    const grant = { type: 'Grant', id: `g-${id}`, credits: 1_000_000, reason: 'bench' } as const
    await chain.ledger.post('acme', id, grant, 'bench')
  }
  let confirmed = 0
  const settled = Promise.withResolvers<undefined>()
  const consume = async (): Promise<void> => {
    while (confirmed < bookings) {
      if (waiting.length === 0) {
        const woken = Promise.withResolvers<undefined>()
        wake = () => woken.resolve(undefined)
        await woken.promise
      }
      const batch = waiting.splice(0, 200)
      await bySubject(batch, (event) => chain.take(event))
      confirmed += batch.filter(({ type }) => type === 'PaymentCharged').length
    }
    settled.resolve(undefined)
  }
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()]
  void consume()
  let next = 0
  const guest = async (): Promise<void> => {
    while (next < bookings) {
      const n = (next += 1) - 1
      const startMs = firstMs + Math.floor(n / pods) * slotMs
      const [podId, userId] = [`p${n % pods}`, `u${n % pods}`]
      const wanted = { id: `b${n}`, podId, userId, actor: userId, startMs, endMs: startMs + slotMs }
      const booked = await chain.bookings.create('acme', wanted)
      if (booked.kind !== 'booked') throw new Error(`booking ${n} was ${booked.kind}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, guest))
  const madeMs = performance.now() - startedMs
  await settled.promise
  const paidMs = performance.now() - startedMs
  const { system, user } = process.cpuUsage(cpu)
  const perSecond = (ms: number): string => ((bookings / ms) * 1000).toFixed(0)
  console.log(
    `${bookings} bookings of ${pods} pods: ${perSecond(madeMs)}/s made, ${perSecond(paidMs)}/s made, paid, ` +
      `confirmed and with a code (goal: > 500/s); ${((user + system) / bookings / 1000).toFixed(2)} ms of CPU each`,
  )
  await chain.relay.stop()
  await store.close()
  await folder.remove()
}
