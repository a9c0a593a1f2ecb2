import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { outboxCollection } from '../nodes/platform/kit/events/outbox.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../engines/redis/server.fixture.ts'
import { everyDocument } from '../nodes/platform/store/every-document.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import { openSqliteStore } from '../engines/store/sqlite.ts'
import { temporaryDirectory } from '../engines/store/testing/processes.ts'
import { startWorker, type Worker } from './harness/child-process.ts'
import { counterCollection, deliveredCollection, seenCollection } from './harness/event-world.ts'
import { seededRandom } from './harness/random.ts'

const subjects = 20
const events = Number(process.env['EVENTS'] ?? 1000)
const kills = Number(process.env['EVENT_KILLS'] ?? 5)

describe.skipIf(isRedisMissing)('events of two processes over one store and one stream', () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>
  let redis: RedisServer
  let store: Store
  let workers: Worker[]
  beforeEach(async () => {
    folder = await temporaryDirectory()
    redis = await startRedis()
    store = await openSqliteStore({ directory: folder.path })
    workers = []
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.kill('SIGKILL')))
    await store.close()
    await redis[Symbol.asyncDispose]()
    await folder.remove()
  })
  const start = async (): Promise<Worker> => {
    const args = [folder.path, redis.url, String(subjects), String(events / subjects)]
    const worker = await startWorker('events-child.ts', args)
    workers.push(worker)
    return worker
  }

  it(
    `come in order and have each effect once, ${events} of them, though one process is killed ${kills} times`,
    async () => {
      const random = seededRandom('events')
      const acme = store.organization('acme')
      await start()
      let victim = await start()
      for (let kill = 0; kill < kills; kill += 1) {
        await delay(random.between(100, 500))
        await victim.kill('SIGKILL')
        workers = workers.filter((worker) => worker !== victim)
        victim = await start()
      }
      const outbox = acme.collection(outboxCollection)
      while ((await outbox.count({ state: 'sent' })) < events) await delay(100)

      let repeats = 0
      for await (const { document } of everyDocument(acme.collection(seenCollection))) {
        expect(document).toMatchObject({ lastSeq: events / subjects, gaps: 0 })
        repeats += document.repeats
      }
      console.log(`${events} events, ${kills} kills: ${repeats} came to the consumer more than once`)
      expect(await outbox.count()).toBe(events)
      expect(await acme.collection(deliveredCollection).count()).toBe(events)
      const waiting = { pendingSinceMs: { $gt: 0 } }
      while ((await acme.collection(counterCollection).count(waiting)) > 0) await delay(100)
      expect(await acme.collection(counterCollection).count({ count: events / subjects })).toBe(subjects)
    },
    120_000 + kills * 5000,
  )
})
