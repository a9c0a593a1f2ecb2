import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { soleBus } from '../engines/bus/memory.ts'
import type { LogCopy } from '../engines/checkpoints/log-keeper.ts'
import { type Audit, openAudit } from '../nodes/platform/kit/audit/open-audit.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import type { Bus } from '../nodes/platform/bus/port.ts'
import { type Logger, silentLogger } from '../nodes/platform/logger.ts'
import type { SeriesStore } from '../nodes/platform/series/port.ts'
import { DirectoryInUse } from '../engines/series/sqlite/lock.ts'
import { openSqliteSeries } from '../engines/series/sqlite.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import { openSqliteStore } from '../engines/store/sqlite.ts'
import { type Move, moveOrganization as moveInSqlite } from '../engines/store/sqlite/move.ts'
import type { SharedRedis } from '../engines/redis/shared-redis.ts'
import type { Stream } from '../nodes/platform/stream/port.ts'
import { openSqliteStream } from '../engines/stream/sqlite.ts'
import { EngineRefused } from '../engines/sole-use/engine-refused.ts'
import { channelPrefixOf, namespace } from '../engines/redis/namespace.ts'
import type { Settings } from './env.ts'
import { ownerOf, takeRedis, takeStore, useAlone } from '../engines/sole-use/sole-use.ts'
import { whileStopped } from '../engines/sole-use/while-stopped.ts'

/** What the platform keeps things in: engines of its own in `DATA_DIR`, or those that the settings name. */
export interface Engines {
  /** Audited, as everything above the ports has it. */
  readonly store: Store
  readonly audit: Audit
  readonly series: SeriesStore
  readonly stream: Stream
  readonly bus: Bus
  /** Where other instances see what is put; undefined for a platform of one process. */
  readonly redis: SharedRedis | undefined
  close(): Promise<void>
}

export interface EngineNeeds {
  /** Names this process among others. */
  readonly instance: string
  /** Entries that the stream keeps in memory for consumers in the process. */
  readonly windowEntries: number
}

/**
 * Opens them in order, the durable ones first; waits, with a line in the log, for those that are not there yet.
 * Drivers are loaded only where they are needed: that takes longer than the start of a platform without them.
 */
export async function openEngines(settings: Settings, needs: EngineNeeds, log: Logger): Promise<Engines> {
  const stores = await openStores(settings, log)
  const stream = await openStream(settings, needs, stores.copyLog, log)
  const redis = await openSharedRedis(settings, log)
  const endSoleUse = await useWhatIsNotShared(settings, stores.store, redis)
  const bus = redis === undefined ? soleBus(needs.instance) : await openSharedBus(redis, needs, log)
  return {
    store: stores.store,
    audit: stores.audit,
    series: stores.series,
    stream,
    bus,
    redis,
    async close() {
      await bus.close()
      await endSoleUse()
      redis?.client.disconnect()
      await stores.close()
      // Last: what has become durable just now still moves the groups' places on.
      await stream.close()
    },
  }
}

/** The store alone, for commands beside the running platform. */
export async function openStore(
  settings: Settings,
  log: Logger,
  copyLog?: LogCopy,
): Promise<Omit<Stores, 'series'>> {
  if (settings.MONGO_URL !== undefined) return openMongoStores(settings.MONGO_URL, log)
  const store = await openSqliteStore({
    directory: path.join(settings.DATA_DIR, 'store'),
    syncsBeside: true,
    ...(copyLog && { copyLog }),
    logger: log.child({ part: 'store' }),
  })
  return { ...audited(store, log), unaudited: store, close: () => store.close() }
}

/**
 * Moves an organization's documents into a database of its own, or back, and then does the rest (`then`), while nobody else can
 * use them. Resolves with how many were moved. @throws EngineRefused where that cannot be, or the platform runs
 */
export function moveOrganization(
  settings: Settings,
  what: Omit<Move, 'directory'>,
  then: () => Promise<void>,
): Promise<number> {
  return whileStopped(settings, async () => {
    const { DATA_DIR, MONGO_URL: url } = settings
    let moved: number
    if (url === undefined) moved = moveInSqlite({ ...what, directory: path.join(DATA_DIR, 'store') })
    else {
      const { moveOrganization: moveInMongo } = await import('../engines/store/mongo/move.ts')
      const { connectMongo } = await import('../engines/mongo/connect.ts')
      const connection = await connectMongo({ url, logger: silentLogger })
      try {
        moved = await moveInMongo({ ...what, connection })
      } finally {
        await connection.close()
      }
    }
    await then()
    return moved
  })
}

/** The store and the series, while the platform is down. @throws EngineRefused while it runs */
export async function whileAlone<T>(settings: Settings, run: (stores: Stores) => Promise<T>): Promise<T> {
  const use = async (): Promise<T> => {
    const stores = await openStores(settings, silentLogger)
    try {
      return await run(stores)
    } finally {
      await stores.close()
    }
  }
  if (settings.MONGO_URL !== undefined) return whileStopped(settings, use)
  // Who has the series keeps others out: asked first, so that the answer comes at once.
  await mkdir(path.join(settings.DATA_DIR, 'series'), { recursive: true, mode: 0o700 })
  await whileStopped(settings, async () => undefined)
  return use()
}

export interface Stores {
  /** Audited, as everything above the ports has it. */
  readonly store: Store
  /** With the notes of changes on its documents: for copies. */
  readonly unaudited: Store
  readonly audit: Audit
  readonly series: SeriesStore
  /** Copies logs of SQLite files; undefined where no thread of ours waits for disks. */
  readonly copyLog?: LogCopy
  close(): Promise<void>
}

async function openStores(settings: Settings, log: Logger): Promise<Stores> {
  if (settings.MONGO_URL !== undefined) return openMongoStores(settings.MONGO_URL, log)
  const series = await openSqliteSeries({
    directory: path.join(settings.DATA_DIR, 'series'),
    // What is not written by then is still in the stream, and comes back from there.
    closeTimeoutMs: 4000,
    logger: log.child({ part: 'series' }),
  }).catch((error: unknown) => {
    throw error instanceof DirectoryInUse ? new EngineRefused('DATA_DIR', error.message, error) : error
  })
  const copyLog: LogCopy = (file) => series.copyLog(file)
  const stores = await openStore(settings, log, copyLog).catch(async (error: unknown) => {
    await series.close()
    throw error
  })
  return {
    ...stores,
    series,
    copyLog,
    async close() {
      await series.close()
      await stores.close()
    },
  }
}

function openMongoStores(url: string, log: Logger): Promise<Stores> {
  return waitedFor('MONGO_URL', log, async () => {
    const { openMongo } = await import('../engines/mongo/open-mongo.ts')
    const mongo = await openMongo({ url, logger: log.child({ part: 'mongo' }) })
    return { ...mongo, unaudited: mongo.store, ...audited(mongo.store, log) }
  })
}

const audited = (store: Store, log: Logger): Pick<Stores, 'audit' | 'store'> =>
  openAudit({ store, clock: systemClock, random: Math.random, log: log.child({ part: 'audit' }) })

async function openStream(
  { DATA_DIR, REDIS_URL }: Settings,
  { windowEntries }: EngineNeeds,
  copyLog: LogCopy | undefined,
  log: Logger,
): Promise<Stream> {
  const logger = log.child({ part: 'stream' })
  if (REDIS_URL !== undefined)
    return waitedFor('REDIS_URL', log, async () => {
      const { openRedisStream } = await import('../engines/stream/redis.ts')
      return openRedisStream({ url: REDIS_URL, namespace, logger })
    })
  const folder = path.join(DATA_DIR, 'stream')
  await mkdir(folder, { recursive: true })
  return openSqliteStream({
    file: path.join(folder, 'stream.db'),
    // Who falls behind that reads the file. What is processed is let go of at once.
    memory: { entries: windowEntries, bytes: 32 * 1024 * 1024 },
    ...(copyLog && { copyLog }),
    logger,
  })
}

export async function openSharedRedis(
  { REDIS_URL: url }: Settings,
  log: Logger,
): Promise<SharedRedis | undefined> {
  if (url === undefined) return undefined
  const { connectRedis } = await import('../engines/redis/connect.ts')
  const logger = log.child({ part: 'redis' })
  const connect: SharedRedis['connect'] = (name, whileAway) => connectRedis({ url, name, logger, whileAway })
  const client = connect('cache', 'fail')
  if (client.status !== 'ready') await new Promise((resolve) => client.once('ready', resolve))
  return {
    client,
    keyPrefix: `${namespace}:`,
    channelPrefix: channelPrefixOf(url),
    connect,
  }
}

async function openSharedBus(redis: SharedRedis, { instance }: EngineNeeds, log: Logger): Promise<Bus> {
  const { openRedisBus } = await import('../engines/bus/redis.ts')
  return openRedisBus({
    instance,
    channel: `${redis.channelPrefix}bus`,
    connect: (purpose) => redis.connect(purpose, 'fail'),
    log: log.child({ part: 'bus' }),
  })
}

/** With one engine that others could share and one that they cannot, there is one process. The result ends its use. */
async function useWhatIsNotShared(
  { DATA_DIR, MONGO_URL, REDIS_URL }: Settings,
  store: Store,
  redis: SharedRedis | undefined,
): Promise<() => Promise<void>> {
  const parts = { owner: ownerOf(DATA_DIR), nowMs: () => Date.now() }
  if (MONGO_URL !== undefined && REDIS_URL === undefined)
    return useAlone({ ...parts, take: takeStore(store), setting: 'MONGO_URL', missing: 'REDIS_URL' })
  if (redis !== undefined && MONGO_URL === undefined) {
    const take = takeRedis(redis.client, `${redis.keyPrefix}sole-use`)
    return useAlone({ ...parts, take, setting: 'REDIS_URL', missing: 'MONGO_URL' })
  }
  return async () => undefined
}

const sayWaitingMs = 5000

/** Says now and then that it waits. @throws EngineRefused with the setting's name */
async function waitedFor<T>(setting: string, log: Logger, open: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  const saying = setInterval(() => {
    const seconds = Math.round((performance.now() - startedMs) / 1000)
    log.warn({ setting, seconds }, 'waiting for an engine')
  }, sayWaitingMs)
  try {
    return await open()
  } catch (error) {
    throw new EngineRefused(setting, error instanceof Error ? error.message : String(error), error)
  } finally {
    clearInterval(saying)
  }
}
