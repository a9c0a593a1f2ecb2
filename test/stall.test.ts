import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { registerFleet, report } from './harness/fleet.ts'
import { lockDatabase } from './harness/lock-file.ts'
import { judge, kept } from './harness/oracle.ts'
import type { TestPlatform } from './harness/platform.ts'
import { Publisher } from './harness/publisher.ts'
import { usePlatform } from './harness/use-platform.ts'

const lockedMs = 4000
const healthzMaxMs = 500
/** What was acknowledged before the lock may still be on its way to the client. */
const onTheWayMs = 250

describe('a data file that another process holds for some seconds', () => {
  const running = usePlatform()

  it.each([
    // Nothing is durable without the stream.
    { file: 'stream/stream.db', acknowledges: false },
    // The stream has it, and the readings are in memory.
    { file: 'series/series.db', acknowledges: true },
    { file: 'store/store.db', acknowledges: true },
  ])('$file: everything answers, and nothing is lost or out of order', async ({ file, acknowledges }) => {
    const platform = running()
    const { api, devices } = await registerFleet(platform.api, 10)
    const publisher = await Publisher.connect(platform.mqttPort, devices)
    publisher.publish()
    await publisher.whenAcknowledged(1000)
    const release = lockDatabase(path.join(platform.dataDir, file))
    await delay(onTheWayMs)
    const before = publisher.acknowledged
    const slowestMs = await slowestHealth(platform, lockedMs - onTheWayMs)
    const during = publisher.acknowledged - before
    release()
    await publisher.whenAcknowledged(1000)
    await publisher.drain()
    const verdict = await judge(api, publisher)
    publisher.stop()
    report(`${file} locked: ${during} acknowledged meanwhile, /healthz at most ${slowestMs} ms`, verdict)
    expect(during > 0).toBe(acknowledges)
    expect(slowestMs).toBeLessThan(healthzMaxMs)
    expect(verdict).toMatchObject(kept)
    expect(verdict.stored).toBe(verdict.sent)
    expect((await fetch(`${platform.url}/readyz`)).status).toBe(200)
  })
})

async function slowestHealth(platform: TestPlatform, forMs: number): Promise<number> {
  const endMs = performance.now() + forMs
  let slowestMs = 0
  while (performance.now() < endMs) {
    const startedMs = performance.now()
    expect((await fetch(`${platform.url}/healthz`)).status).toBe(200)
    slowestMs = Math.max(slowestMs, performance.now() - startedMs)
    await delay(20)
  }
  return Math.round(slowestMs)
}
