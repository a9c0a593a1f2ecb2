import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { registerFleet, report } from './harness/fleet.ts'
import { judge, kept } from './harness/oracle.ts'
import { Publisher } from './harness/publisher.ts'
import { seededRandom } from './harness/random.ts'
import { usePlatform } from './harness/use-platform.ts'

const rounds = Number(process.env['KILL_ROUNDS'] ?? 5)
const readyWithinMs = 5000

describe('a platform that is killed under full load', () => {
  const running = usePlatform()

  it(
    `has every acknowledged reading once, after ${rounds} kills, and is ready again within 5 s each time`,
    async () => {
      const platform = running()
      const random = seededRandom('kill')
      const { api, devices } = await registerFleet(platform.api, 20)
      const publisher = await Publisher.connect(platform.mqttPort, devices)
      const readyMs: number[] = []
      for (let round = 0; round < rounds; round += 1) {
        publisher.publish()
        await publisher.whenAcknowledged(1)
        await delay(random.between(150, 500))
        await platform.kill('SIGKILL')
        readyMs.push(Math.round(await platform.start()))
        await publisher.whenConnected()
      }
      await publisher.drain()
      const verdict = await judge(api, publisher)
      publisher.stop()
      report(`kill, ${rounds} rounds, ready after ${readyMs.join(', ')} ms`, verdict)
      expect(verdict).toMatchObject(kept)
      expect(verdict.stored).toBe(verdict.sent)
      expect(Math.max(...readyMs)).toBeLessThanOrEqual(readyWithinMs)
    },
    60_000 + rounds * 15_000,
  )
})
