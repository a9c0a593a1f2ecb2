/** The attacker, in a thread of its own: what it spends must not be felt as if the platform had spent it. */
import { parentPort, workerData } from 'node:worker_threads'
import { assail, hostileDoors, type Surroundings } from '../../test/harness/fuzz-sockets.ts'
import { seededRandom } from '../../test/harness/random.ts'

export interface AttackOrder {
  readonly door: string
  readonly frames: number
  readonly perSecond: number
  readonly mostMs: number
  readonly around: Omit<Surroundings, 'memberApi'>
  readonly memberToken: string
}

// oxlint-disable-next-line no-unsafe-type-assertion -- what main.ts of this folder starts it with
const order = workerData as AttackOrder
const memberApi = { token: () => Promise.resolve(order.memberToken) }
const door = hostileDoors({ ...order.around, memberApi }).find(({ name }) => name === order.door)
if (door === undefined) throw new Error(`there is no door ${order.door}`)
const { frames, mostMs, perSecond } = order
const assault = await assail(door, {
  frames,
  perSecond,
  mostMs,
  random: seededRandom(door.name),
})
parentPort?.postMessage(assault, [])
