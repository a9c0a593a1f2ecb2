import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it, onTestFailed } from 'vitest'
import { registerFleet, report } from './harness/fleet.ts'
import { judge, kept } from './harness/oracle.ts'
import { startPlatform } from './harness/platform.ts'
import { Publisher } from './harness/publisher.ts'
import { readingsOf } from './harness/resources.ts'
import { SmallDisk } from './harness/small-disk.ts'
import { untilTrue } from './harness/until.ts'

const disk = SmallDisk.mount(256)
if (disk === undefined && process.env['CI'] !== undefined)
  throw new Error('the disk-full test needs root in CI')
const leftBytes = 2e6
const fullForMs = 3000

describe('a disk that is full', () => {
  afterAll(() => disk?.unmount())

  it.skipIf(disk === undefined)(
    'stops acknowledgments and nothing else, is told by /readyz, and is forgotten when there is room again',
    async () => {
      if (disk === undefined) return
      const platform = await startPlatform({ dataDir: path.join(disk.folder, 'data') })
      onTestFailed(() => void process.stderr.write(platform.log.slice(-6000)))
      const { api, devices } = await registerFleet(platform.api, 10)
      const publisher = await Publisher.connect(platform.mqttPort, devices)
      try {
        publisher.publish()
        await publisher.whenAcknowledged(2000)
        const makeRoom = disk.fillUp(leftBytes)
        await untilTrue('/readyz answers 503', async () => (await readiness(platform.url)).status === 503)
        const { text } = await readiness(platform.url)
        const before = await stillness(publisher)
        await delay(fullForMs)
        expect(publisher.acknowledged).toBe(before)
        expect((await fetch(`${platform.url}/healthz`)).status).toBe(200)
        expect((await readingsOf(api, devices[0]?.id ?? '')).length).toBeGreaterThan(0)
        expect(text).toMatch(/stream: .*full/)

        makeRoom()
        await publisher.whenAcknowledged(2000)
        await untilTrue('/readyz answers 200', async () => (await readiness(platform.url)).status === 200)
        await publisher.drain()
        const verdict = await judge(api, publisher)
        report('disk full', verdict)
        expect(verdict).toMatchObject(kept)
        expect(verdict.stored).toBe(verdict.sent)
      } finally {
        publisher.stop()
        await platform.dispose()
      }
    },
  )
})

async function readiness(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${url}/readyz`)
  return { status: answer.status, text: await answer.text() }
}

/** The count once no acknowledgment has come for a while: small appends may still fit when large ones do not. */
async function stillness(publisher: Publisher): Promise<number> {
  let before = -1
  await untilTrue(
    'acknowledgments have stopped',
    () => {
      const isStill = publisher.acknowledged === before
      before = publisher.acknowledged
      return isStill
    },
    { everyMs: 1000 },
  )
  return before
}
