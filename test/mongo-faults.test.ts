import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openProxyTo, urlThrough } from '../engines/mongo/testing/proxy.fixture.ts'
import { isMongoMissing, mongoServerName, startMongoServer } from '../engines/mongo/testing/server.fixture.ts'
import type { MongoServer } from '../engines/mongo/testing/server.fixture.ts'
import type { FaultyProxy } from '../nodes/platform/testing/faulty-proxy.fixture.ts'
import type { Answer } from './harness/api-client.ts'
import { startPlatform, type TestPlatform } from './harness/platform.ts'
import { until } from './harness/until.ts'

/** A try of 10 s, finding the server again, and what a second try needs. */
const givenUpWithinMs = 30_000
const organizations = '/api/v1/organizations'

describe.skipIf(isMongoMissing)(`A platform on a MongoDB that answers late (${mongoServerName})`, () => {
  let server: MongoServer
  let proxy: FaultyProxy
  let platform: TestPlatform
  beforeAll(async () => {
    server = await startMongoServer()
    proxy = await openProxyTo(server)
    platform = await startPlatform({ environment: { MONGO_URL: urlThrough(proxy, 'faults') } })
    await platform.api.token()
  }, 120_000)
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(platform.log.slice(-6000))
  })
  afterAll(async () => {
    await proxy.heal()
    await platform.dispose()
    await proxy[Symbol.asyncDispose]()
    await server.close()
  })

  const list = (): Promise<Answer> => platform.api.call('GET', organizations)
  const create = (name: string): Promise<Answer> =>
    platform.api.call('POST', organizations, { body: { name } })
  /** How late `/healthz` answers, asked all the time until the promise settles, milliseconds in order of size. */
  const waitsDuring = async (work: Promise<unknown>): Promise<readonly number[]> => {
    const waits: number[] = []
    const end = new AbortController()
    const over = work.finally(() => end.abort())
    while (!end.signal.aborted) {
      const askedMs = performance.now()
      await (await fetch(`${platform.url}/healthz`)).text()
      waits.push(performance.now() - askedMs)
      await sleep(20)
    }
    await over
    return waits.toSorted((a, b) => a - b)
  }

  it('is slow with it, and right', async () => {
    proxy.delay(200)
    const answers = [await create('Slow'), await create('Slow'), await list()]
    expect(answers.map(({ status }) => status)).toEqual([201, 409, 200])
    await proxy.heal()
  })

  it('answers 503 and never 500 when it takes too long, in time, and goes on with all else', async () => {
    proxy.delay(6_000)
    const startedMs = performance.now()
    const asked = Promise.all([
      ...Array.from({ length: 100 }, list),
      ...Array.from({ length: 20 }, (_, n) => create(`Late ${n}`)),
    ])
    const waits = await waitsDuring(asked)
    expect(performance.now() - startedMs).toBeLessThan(givenUpWithinMs)
    const answers = await asked
    expect(answers.filter(({ status }) => status !== 503)).toEqual([])
    expect(answers.filter(({ headers }) => headers.get('retry-after') !== '1')).toEqual([])
    expect(waits[Math.floor(waits.length * 0.95)]).toBeLessThan(100)
    expect((await fetch(`${platform.url}/readyz`)).status).toBe(503)
    await proxy.heal()
    await until('it answers again', async () => ((await list()).status === 200 ? true : undefined), {
      seconds: 15,
    })
    expect((await create('After')).status).toBe(201)
  })

  it('makes one of a POST whose answer from the database is lost', async () => {
    const lost = proxy.loseAnswerTo('Once only')
    expect((await create('Once only')).status).toBe(201)
    await lost
    const { text } = await list()
    expect(text.split('"Once only"')).toHaveLength(2)
  })
})
