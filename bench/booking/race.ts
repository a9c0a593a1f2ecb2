import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { openChain } from '../../nodes/access/booking-chain.fixture.ts'
import { podSettings } from '../../nodes/booking/booking-world.fixture.ts'
import { systemClock } from '../../nodes/platform/clock.ts'

/** Two processes on one store, with half of the racers each: one of them all has the time. */
export async function race(racers: number, rounds: number): Promise<void> {
  const folder = await temporaryDirectory()
  const store = await openSqliteStore({ directory: folder.path })
  const chain = openChain({ store, clock: systemClock, append: () => Promise.resolve() })
  await chain.pods.save('acme', 'p0', podSettings)
  const script = path.join(import.meta.dirname, 'racer.ts')
  const children = ['a', 'b'].map((name) => fork(script, [folder.path, name, String(racers / 2)]))
  await Promise.all(children.map((child) => once(child, 'message')))
  const firstMs = Math.ceil(Date.now() / 86_400_000 + 1) * 86_400_000
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now()
    const won = children.map(async (child) => {
      child.send({ startMs: firstMs + round * 30 * 60_000 })
      const [message]: unknown[] = await once(child, 'message')
      return Number(message)
    })
    const winners = (await Promise.all(won)).reduce((sum, each) => sum + each, 0)
    const tookMs = Math.round(performance.now() - startedMs)
    console.log(
      `${racers} for one time, two processes: ${winners} has it, ${racers - winners} are told so, ${tookMs} ms`,
    )
    if (winners !== 1) throw new Error(`${winners} have the same time`)
  }
  for (const child of children) {
    child.disconnect()
    await once(child, 'exit')
  }
  await chain.relay.stop()
  await store.close()
  await folder.remove()
}
