import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Mosquitto, mosquittoIsMissing } from '../engines/broker/external/mosquitto.fixture.ts'
import { isMongoMissing, mongoServerName } from '../engines/mongo/testing/server.fixture.ts'
import { isRedisMissing } from '../engines/redis/server.fixture.ts'
import { TestCluster } from './harness/cluster.ts'
import { registerFleet, report } from './harness/fleet.ts'
import { judge, kept, type Verdict } from './harness/oracle.ts'
import { Publisher } from './harness/publisher.ts'
import { seededRandom } from './harness/random.ts'
import { readingsOf } from './harness/resources.ts'
import { until, untilTrue } from './harness/until.ts'

const rounds = Number(process.env['KILL_ROUNDS'] ?? 5)
const recoveredWithinMs = 15_000
/** A steady load, since the stand-in for MongoDB is slow, and what is shown here does not depend on speed. */
const devicesUnderLoad = 5
const publishEveryMs = 50

const isMissing = isRedisMissing || isMongoMissing

function useCluster(begin: (cluster: TestCluster) => Promise<unknown>): () => TestCluster {
  let cluster: TestCluster | undefined
  beforeAll(async () => {
    cluster = await TestCluster.open()
    await begin(cluster)
  }, 120_000)
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${cluster?.log ?? ''}\n`)
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())
  return () => {
    if (cluster === undefined) throw new Error('not started')
    return cluster
  }
}

interface Load {
  readonly publisher: Publisher
  /** Resolves when of every device something is stored that it measured from now on; with how long that took. */
  readonly whenStoredAgain: () => Promise<number>
}

/** Faults under load: afterwards everything acknowledged is stored, once and in order, and it went on within 15 s. */
async function underLoad(
  cluster: TestCluster,
  what: string,
  mqttPort: number,
  faults: (load: Load) => Promise<readonly number[]>,
): Promise<Verdict & { readonly isAllStored: boolean; readonly isBackInTime: boolean }> {
  const { api, devices } = await registerFleet(cluster.member('serve').api, devicesUnderLoad)
  const publisher = await Publisher.connect(mqttPort, devices, 1)
  const whenStoredAgain = async (): Promise<number> => {
    const from = new Date().toISOString()
    const startedMs = performance.now()
    for (const { id } of devices) {
      await until(
        `a reading of ${id} after ${from} is stored`,
        async () => {
          const found = await readingsOf(api, id, `&from=${from}`).catch(() => [])
          return found.length > 0 ? true : undefined
        },
        { seconds: 60 },
      )
    }
    return Math.round(performance.now() - startedMs)
  }
  const ticks = setInterval(() => {
    publisher.publish()
    for (const connection of publisher.connections) connection.pause()
  }, publishEveryMs)
  await whenStoredAgain()
  const recoveredMs = await faults({ publisher, whenStoredAgain }).finally(() => clearInterval(ticks))
  await publisher.drain()
  const verdict = await judge(api, publisher)
  publisher.stop()
  report(`${what}, stored again after ${recoveredMs.join(', ')} ms`, verdict)
  return {
    ...verdict,
    isAllStored: verdict.stored === verdict.sent,
    isBackInTime: Math.max(...recoveredMs) < recoveredWithinMs,
  }
}

const unharmed = { ...kept, isAllStored: true, isBackInTime: true }

describe.skipIf(isMissing)(
  `two processes that share the work (needs redis-server and ${mongoServerName})`,
  () => {
    const running = useCluster(async (cluster) => {
      await cluster.start('serve', 'serve')
      await Promise.all([
        cluster.start('ingest', 'ingest'),
        cluster.start('process-1', 'process'),
        cluster.start('process-2', 'process'),
      ])
    })
    const processed = (name: string): Promise<number> =>
      running().member(name).metric('fleetloom_messages_processed_total')

    it('both have some, one takes over what the other stops, and gives back what it has too much of', async () => {
      const cluster = running()
      const outcome = await underLoad(
        cluster,
        'hand over',
        cluster.member('ingest').mqttPort,
        async ({ whenStoredAgain }) => {
          await untilTrue(
            'both work',
            async () => (await processed('process-1')) > 0 && (await processed('process-2')) > 0,
          )
          const recovered: number[] = []
          await cluster.member('process-1').kill('SIGTERM')
          recovered.push(await whenStoredAgain())
          await cluster.member('process-1').start()
          await untilTrue('it works again', async () => (await processed('process-1')) > 0, { seconds: 30 })
          recovered.push(await whenStoredAgain())
          return recovered
        },
      )
      expect(outcome).toMatchObject(unharmed)
    })

    it(
      `one that is killed ${rounds} times under load loses nothing, and the other takes over within 15 s`,
      async () => {
        const cluster = running()
        const random = seededRandom('process-kill')
        const outcome = await underLoad(
          cluster,
          `process killed, ${rounds} rounds`,
          cluster.member('ingest').mqttPort,
          async (load) => {
            const recovered: number[] = []
            for (let round = 0; round < rounds; round += 1) {
              const victim = cluster.member(round % 2 === 0 ? 'process-1' : 'process-2')
              await delay(random.between(150, 500))
              await victim.kill('SIGKILL')
              recovered.push(await load.whenStoredAgain())
              await victim.start()
            }
            return recovered
          },
        )
        expect(outcome).toMatchObject(unharmed)
      },
      60_000 + rounds * 30_000,
    )
  },
)

describe.skipIf(isMissing)(
  `engines that fail under several processes (needs redis-server and ${mongoServerName})`,
  () => {
    const running = useCluster(async (cluster) => {
      await cluster.start('serve', 'serve')
      await Promise.all([cluster.start('ingest', 'ingest'), cluster.start('process', 'process')])
    })

    it('Redis killed and started again: what was acknowledged is there, once', async () => {
      const cluster = running()
      const outcome = await underLoad(
        cluster,
        'Redis killed',
        cluster.member('ingest').mqttPort,
        async ({ whenStoredAgain }) => {
          const recovered: number[] = []
          for (const awayMs of [0, 2000]) {
            await cluster.redis.kill()
            await delay(awayMs)
            for (const { url } of cluster.members)
              for (const where of ['/healthz', '/metrics'])
                expect([where, (await fetch(`${url}${where}`)).status]).toEqual([where, 200])
            await cluster.redis.start()
            recovered.push(await whenStoredAgain())
          }
          return recovered
        },
      )
      expect(outcome).toMatchObject(unharmed)
      for (const member of cluster.members) {
        await untilTrue('ready', async () => (await fetch(`${member.url}/readyz`)).status === 200)
      }
    })

    it('a store that says nothing for 10 s: acknowledgments go on into the stream, and everything drains', async () => {
      const cluster = running()
      const server = cluster.mongo.process
      expect(server, 'a server of this test').toBeDefined()
      const outcome = await underLoad(
        cluster,
        'store frozen',
        cluster.member('ingest').mqttPort,
        async ({ publisher, whenStoredAgain }) => {
          server?.freeze()
          await delay(9000)
          await publisher.whenAcknowledged(10)
          await delay(1000)
          server?.thaw()
          return [await whenStoredAgain()]
        },
      )
      expect(outcome).toMatchObject(unharmed)
    })

    it('the process that ingests killed: devices come back and send again what was not acknowledged', async () => {
      const cluster = running()
      const ingest = cluster.member('ingest')
      const outcome = await underLoad(
        cluster,
        'ingest killed',
        ingest.mqttPort,
        async ({ publisher, whenStoredAgain }) => {
          await ingest.kill('SIGKILL')
          await ingest.start()
          await publisher.whenConnected()
          return [await whenStoredAgain()]
        },
      )
      expect(outcome).toMatchObject(unharmed)
    })
  },
)

describe.skipIf(isMissing || mosquittoIsMissing)(
  "a broker of one's own under several processes (needs mosquitto too)",
  () => {
    let mosquitto: Mosquitto
    const running = useCluster(async (cluster) => {
      mosquitto = await Mosquitto.start()
      const environment = { MQTT_URL: mosquitto.url }
      await cluster.start('serve', 'serve', { ...environment, MQTT_CLIENT_ID: 'serve' })
      await Promise.all([
        // Mosquitto keeps shared subscriptions only as long as it runs: one process that ingests has plain ones.
        cluster.start('ingest', 'ingest', { ...environment, MQTT_CLIENT_ID: 'ingest', MQTT_SHARED: 'off' }),
        cluster.start('process', 'process'),
      ])
    })
    afterAll(() => mosquitto[Symbol.asyncDispose]())

    it('restarted: what it acknowledged is stored, once', async () => {
      const cluster = running()
      const outcome = await underLoad(
        cluster,
        'broker restarted',
        mosquitto.port,
        async ({ publisher, whenStoredAgain }) => {
          const recovered: number[] = []
          for (let round = 0; round < 2; round += 1) {
            await mosquitto.stop('SIGTERM')
            await mosquitto.run()
            await publisher.whenConnected()
            recovered.push(await whenStoredAgain())
          }
          return recovered
        },
      )
      expect(outcome).toMatchObject(unharmed)
    })
  },
)
