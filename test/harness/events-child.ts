/**
 * A process that decides, relays, consumes and sends, over a store and a stream that others share:
 * `node events-child.ts DIRECTORY REDIS_URL SUBJECTS EVENTS_EACH`, until it is killed.
 */
import { writeSync } from 'node:fs'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import { openAggregate } from '../../nodes/platform/kit/decider/aggregate.ts'
import { type DomainEvent, eventStream } from '../../nodes/platform/kit/events/event.ts'
import { fromEntry } from '../../nodes/platform/kit/events/event-codec.ts'
import { openOutbox } from '../../nodes/platform/kit/events/outbox.ts'
import { EventRelay } from '../../nodes/platform/kit/events/relay.ts'
import { openJobs } from '../../nodes/platform/kit/jobs/jobs.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { openRedisStream } from '../../engines/stream/redis.ts'
import {
  counterCollection,
  counterDecider,
  deliveredCollection,
  parcel,
  seenCollection,
} from './event-world.ts'

const [directory = '', url = '', subjects = '0', eventsEach = '0'] = process.argv.slice(2)
const store = await openSqliteStore({ directory })
const stream = await openRedisStream({ url })
const common = { store, clock: systemClock, random: Math.random, log: silentLogger }
const jobs = openJobs({ ...common, bus: new MemoryHub().open(`${process.pid}`) })
const outbox = openOutbox({ store, jobs, clock: systemClock })
const relay = new EventRelay({ ...common, stream })
const counters = openAggregate({
  store,
  clock: systemClock,
  relay,
  collection: counterCollection,
  decider: counterDecider,
})
const acme = store.organization('acme')
const seen = acme.collection(seenCollection)
const delivered = acme.collection(deliveredCollection)

relay.start([counterCollection])
outbox.start({
  ...parcel,
  leaseMs: 2000,
  maxAtOnce: 200,
  retry: { firstMs: 100, lastMs: 1000 },
  async send({ data, id }) {
    await delivered.insert({ id, atMs: Date.now(), subject: data.subject })
    return null
  },
})

/** What has come in order is written down; a repeat is known, and a gap would be too. */
async function take({ id, seq, subject }: DomainEvent): Promise<void> {
  await seen.insert({ id: subject.id, lastSeq: 0, gaps: 0, repeats: 0 })
  await seen.update(subject.id, (before) =>
    seq <= before.lastSeq
      ? { ...before, repeats: before.repeats + 1 }
      : { ...before, lastSeq: seq, gaps: before.gaps + (seq === before.lastSeq + 1 ? 0 : 1) },
  )
  await outbox.put(parcel, { orgId: 'acme', id, data: { subject: subject.id } })
}

await stream.consume({
  stream: eventStream,
  group: 'parcels',
  startAt: 'beginning',
  maxEntries: 500,
  async handle(entries) {
    const bySubject = Map.groupBy(entries.map(fromEntry), ({ subject }) => subject.id)
    await Promise.all(
      Array.from(bySubject.values(), async (events) => {
        for (const event of events) await take(event)
      }),
    )
    return { kind: 'processed', durable: Promise.resolve() }
  },
  abandon: (_, error) => Promise.reject(error),
})
writeSync(1, 'ready\n')

async function decideAll(subject: string): Promise<void> {
  const most = Number(eventsEach)
  for (;;) {
    const outcome = await counters.handle('acme', subject, { type: 'CountUp', id: subject, most })
    if (outcome.kind !== 'done' || outcome.events.length === 0) return
  }
}
await Promise.all(Array.from({ length: Number(subjects) }, (_, n) => decideAll(`s${n}`)))
