import { randomUUID } from 'node:crypto'
import {
  isMongoMissing,
  mongoServerName,
  startMongoServer,
} from '../../nodes/platform/mongo/testing/server.fixture.ts'
import { isRedisMissing, startRedis } from '../../nodes/platform/redis/server.fixture.ts'

/** Engines to run the platform on. */
export interface Setup {
  readonly key: string
  readonly name: string
  /** What this machine lacks for it. */
  readonly missing: string | undefined
  start(): Promise<RunningEngines>
}

export interface RunningEngines {
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const noRedis = isRedisMissing ? 'redis-server' : undefined
const noMongo = isMongoMissing ? 'a MongoDB-protocol server' : undefined

async function redis(): Promise<RunningEngines> {
  const server = await startRedis()
  return { environment: { REDIS_URL: server.url }, stop: async () => server[Symbol.asyncDispose]() }
}

async function redisAndMongo(): Promise<RunningEngines> {
  const [stream, documents] = await Promise.all([redis(), startMongoServer()])
  return {
    environment: {
      ...stream.environment,
      MONGO_URL: `${documents.url}/bench`,
      JWT_SECRET: randomUUID() + randomUUID(),
    },
    stop: async () => {
      await documents.close()
      await stream.stop()
    },
  }
}

export const setups: readonly Setup[] = [
  {
    key: 'embedded',
    name: 'embedded (SQLite)',
    missing: undefined,
    start: () => Promise.resolve({ environment: {}, stop: () => Promise.resolve() }),
  },
  { key: 'redis', name: 'Redis, SQLite', missing: noRedis, start: redis },
  {
    key: 'mongo',
    name: `Redis, ${mongoServerName}`,
    missing: noRedis ?? noMongo,
    start: redisAndMongo,
  },
]
