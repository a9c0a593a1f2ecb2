import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { lockDirectory } from '../series/sqlite/lock.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { EngineRefused } from './engine-refused.ts'
import { busChannelOf } from '../redis/namespace.ts'
import { takeStore, useAlone } from './sole-use.ts'

/** Where the engines are, as the settings say. */
interface Where {
  readonly DATA_DIR: string
  readonly MONGO_URL?: string | undefined
  readonly REDIS_URL?: string | undefined
}

/**
 * Runs what must have the engines to itself. A platform of one process is kept from being started meanwhile; that several are
 * not is up to whoever runs them. @throws EngineRefused while the platform runs
 */
export async function whileStopped<T>(where: Where, run: () => Promise<T>): Promise<T> {
  const end = await keepAlone(where)
  try {
    return await run()
  } finally {
    await end()
  }
}

async function keepAlone({ DATA_DIR, MONGO_URL, REDIS_URL }: Where): Promise<() => Promise<void>> {
  if (REDIS_URL !== undefined) {
    if (await hasListeners(REDIS_URL)) throw running('REDIS_URL')
    return async () => undefined
  }
  if (MONGO_URL !== undefined) return keepDatabase(MONGO_URL)
  try {
    // As the platform keeps a second one out.
    const release = await lockDirectory(path.join(DATA_DIR, 'series'), 0)
    return async () => release()
  } catch (error) {
    throw new EngineRefused('DATA_DIR', 'the platform runs there, or there is none: stop it first', error)
  }
}

async function keepDatabase(url: string): Promise<() => Promise<void>> {
  const { connectMongo } = await import('../mongo/connect.ts')
  const { openMongoStore } = await import('../store/mongo.ts')
  const connection = await connectMongo({ url, logger: silentLogger })
  try {
    const store = await openMongoStore(connection, { mayBeMoving: true })
    const parts = { owner: `command ${randomUUID()}`, nowMs: () => Date.now() }
    const end = await useAlone({
      ...parts,
      take: takeStore(store),
      setting: 'MONGO_URL',
      missing: 'REDIS_URL',
    })
    return async () => {
      await end()
      await store.close()
      await connection.close()
    }
  } catch (error) {
    await connection.close()
    throw error instanceof EngineRefused ? running('MONGO_URL', error) : error
  }
}

/** Every instance listens to the others. */
async function hasListeners(url: string): Promise<boolean> {
  const { connectRedis } = await import('../redis/connect.ts')
  const redis = connectRedis({ url, name: 'command', logger: silentLogger, whileAway: 'wait' })
  try {
    const [, count] = await redis.pubsub('NUMSUB', busChannelOf(url))
    return Number(count) > 0
  } finally {
    redis.disconnect()
  }
}

const running = (setting: string, cause?: unknown): EngineRefused =>
  new EngineRefused(setting, 'the platform runs: stop it first, all its instances', cause)
