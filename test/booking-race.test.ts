import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectMongo } from '../engines/mongo/connect.ts'
import {
  isMongoMissing,
  type MongoServer,
  mongoServerName,
  startMongoServer,
} from '../engines/mongo/testing/server.fixture.ts'
import { isRedisMissing } from '../engines/redis/server.fixture.ts'
import { openMongoStore } from '../engines/store/mongo.ts'
import { openSqliteStore } from '../engines/store/sqlite.ts'
import { openChain } from '../nodes/access/booking-chain.fixture.ts'
import { podSettings } from '../nodes/booking/booking-world.fixture.ts'
import { bookingCollection } from '../nodes/booking/booking.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import { silentLogger } from '../nodes/platform/logger.ts'
import { everyDocument } from '../nodes/platform/store/every-document.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import type { ApiClient } from './harness/api-client.ts'
import { TestCluster } from './harness/cluster.ts'
import { podBody } from './harness/pods.ts'
import { seededRandom } from './harness/random.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

/** `RACERS=1000` for one time over HTTP; `RACE_ROUNDS=1000 RACE_RACERS=200` (and `RACE_ROUNDS_MONGO`) with kills. */
const racers = Number(process.env['RACERS'] ?? 200)
const roundsOnSqlite = Number(process.env['RACE_ROUNDS'] ?? 12)
/** The server of tests is some fifty times slower than one that is not. */
const roundsOnMongo = Number(process.env['RACE_ROUNDS_MONGO'] ?? 4)
const racersOfRound = Number(process.env['RACE_RACERS'] ?? 40)
const killEvery = 4
const slotMs = 30 * 60_000
const day = 86_400_000
const password = 'sleeps-in-a-pod-42'

/** A pod, and a member who may book it. */
async function prepared(root: ApiClient): Promise<ApiClient> {
  const api = await createOrganization(root, 'acme')
  const id = await addUser(api, 'ada@acme.example', 'member', password)
  // Who cannot pay gives the time away again.
  await api.expect(z.unknown(), 'POST', `/api/v1/wallets/${id}/grants`, {
    body: { credits: 100, reason: 'welcome' },
    headers: { 'idempotency-key': 'welcome' },
  })
  await registerDevice(api, 'pod-1', { classKey: 'sleep-pod' })
  await api.expect(z.unknown(), 'PUT', '/api/v1/pods/pod-1', { body: podBody() })
  return root.signedInAs('ada@acme.example', password)
}

/** So many at once who want the same hour, through these doors in turn: how often each status was the answer. */
async function race(doors: readonly ApiClient[]): Promise<Readonly<Record<number, number>>> {
  const startMs = Math.ceil(Date.now() / day + 1) * day
  const body = {
    podId: 'pod-1',
    start: new Date(startMs).toISOString(),
    end: new Date(startMs + 2 * slotMs).toISOString(),
  }
  for (const door of doors) await door.token()
  const answers = Array.from({ length: racers }, async (_, n) => {
    const headers = { 'idempotency-key': `racer-${n}` }
    // A server that is too slow for so many has some come again, under the same key: who was first is settled by then.
    return until(
      `an answer for racer ${n}`,
      async () => {
        const answer = await doors[n % doors.length]?.call('POST', '/api/v1/bookings', { body, headers })
        return answer?.status === 503 ? undefined : answer?.status
      },
      { seconds: 240, everyMs: 1000 },
    )
  })
  const counts: Record<number, number> = {}
  for (const status of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
const oneWins = { 201: 1, 409: racers - 1 }

/** Two platforms on one SQLite are refused (lifecycle.test.ts); two processes on such a store race for times below. */
describe('on SQLite, in one process', () => {
  const running = usePlatform()

  it(`one of ${racers} who want the same time at once has it`, async () => {
    expect(await race([await prepared(running().api)])).toEqual(oneWins)
  })
})

describe.skipIf(isRedisMissing || isMongoMissing)(
  `on ${mongoServerName} and Redis, through two processes (needs redis-server and a MongoDB server)`,
  () => {
    let cluster: TestCluster
    beforeAll(async () => {
      cluster = await TestCluster.open()
    }, 120_000)
    afterAll(() => cluster[Symbol.asyncDispose]())

    it(`one of ${racers} who want the same time at once has it`, async () => {
      const first = await cluster.start('a', 'ingest,process,serve')
      const second = await cluster.start('b', 'process,serve')
      const ada = await prepared(first.api)
      expect(await race([ada, second.api.signedInAs('ada@acme.example', password)])).toEqual(oneWins)
    }, 300_000)
  },
)

interface Place {
  readonly store: Store
  /** As the children are told. */
  readonly where: string
  close(): Promise<void>
}

async function onSqlite(): Promise<Place> {
  const folder = makeTempDir('race')
  const store = await openSqliteStore({ directory: folder })
  const close = async () => {
    await store.close()
    removeTempDir(folder)
  }
  return { store, where: folder, close }
}

async function onMongo(server: MongoServer): Promise<Place> {
  const where = `${server.url}/race-${process.pid}`
  const connection = await connectMongo({ url: where, logger: silentLogger })
  const store = await openMongoStore(connection)
  const close = async () => {
    await connection.db.dropDatabase()
    await connection.close()
  }
  return { store, where, close }
}

interface Outcome {
  /** Rounds in which nobody died, and not exactly one had the time. */
  readonly wrongRounds: readonly number[]
  /** Times that two bookings have. */
  readonly overlaps: readonly number[]
  /** Bookings that somebody was told of, and that are not there. */
  readonly lost: readonly string[]
}
const asItShould: Outcome = { wrongRounds: [], overlaps: [], lost: [] }

/** Two processes race for one time after the other, and one of them dies in the midst of every so many of those. */
async function raceWithKills(
  kind: 'mongo' | 'sqlite',
  rounds: number,
  { store, where }: Place,
): Promise<Outcome> {
  const random = seededRandom(`booking race on ${kind}`)
  const chain = openChain({ store, clock: systemClock, append: () => Promise.resolve() })
  await chain.pods.save('acme', 'p0', podSettings)
  let names = 0
  const start = async (): Promise<ChildProcess> => {
    const name = `c${(names += 1)}`
    const child = fork(path.join(import.meta.dirname, 'harness/race-child.ts'), [kind, where, name])
    await once(child, 'message')
    return child
  }
  const children = [await start(), await start()]
  const firstMs = Math.ceil(Date.now() / day + 1) * day
  const said: string[] = []
  const wrongRounds: number[] = []
  const overlaps: number[] = []
  let [kills, undecided] = [0, 0]
  for (let round = 0; round < rounds; round += 1) {
    const startMs = firstMs + round * slotMs
    const isToDie = round % killEvery === killEvery - 1
    const won = children.map(async (child, n) => {
      child.send({ startMs, racers: racersOfRound / 2 })
      if (isToDie && n === 0) {
        await delay(random.between(0, 30))
        child.kill('SIGKILL')
        await once(child, 'exit')
        return []
      }
      const [message]: unknown[] = await once(child, 'message')
      return z.object({ won: z.array(z.string()) }).parse(message).won
    })
    const winners = (await Promise.all(won)).flat()
    said.push(...winners)
    if (isToDie) {
      kills += 1
      undecided += winners.length === 0 ? 1 : 0
      children[0] = await start()
    } else if (winners.length !== 1) wrongRounds.push(round)
  }
  const spans = new Map<number, string>()
  const bookings = store.organization('acme').collection(bookingCollection)
  for await (const { document } of everyDocument(bookings)) {
    if (document.status === 'CANCELLED') continue
    // All are of one length, and begin where their round has its time: two that overlap have the same start.
    if (spans.has(document.startMs)) overlaps.push(document.startMs)
    spans.set(document.startMs, document.id)
  }
  const kept = new Set(spans.values())
  const lost = said.filter((id) => !kept.has(id))
  process.stdout.write(
    `booking race on ${kind}: ${rounds} rounds of ${racersOfRound}, ${kills} kills, ${spans.size} bookings, ` +
      `${overlaps.length} overlaps, ${undecided} times with whoever died\n`,
  )
  for (const child of children) {
    child.disconnect()
    await once(child, 'exit')
  }
  await chain.stop()
  return { wrongRounds, overlaps, lost }
}

const limitMs = (rounds: number): number => 240_000 + rounds * 3000

describe('two processes on one store, of which one dies now and then', () => {
  it(
    `never book a time twice on SQLite, in ${roundsOnSqlite} rounds of ${racersOfRound}`,
    async () => {
      const place = await onSqlite()
      expect(await raceWithKills('sqlite', roundsOnSqlite, place)).toEqual(asItShould)
      await place.close()
    },
    limitMs(roundsOnSqlite),
  )

  it.skipIf(isMongoMissing)(
    `never book a time twice on ${mongoServerName}, in ${roundsOnMongo} rounds of ${racersOfRound}`,
    async () => {
      const server = await startMongoServer()
      const place = await onMongo(server)
      expect(await raceWithKills('mongo', roundsOnMongo, place)).toEqual(asItShould)
      await place.close()
      await server.close()
    },
    limitMs(roundsOnMongo),
  )
})
