import { randomUUID } from 'node:crypto'
import {
  isMongoMissing,
  mongoServerName,
  startMongoServer,
} from '../../engines/mongo/testing/server.fixture.ts'
import { isRedisMissing, startRedis } from '../../engines/redis/server.fixture.ts'

/** Engines to run the platform on, and in how many processes. */
export interface Setup {
  readonly key: string
  readonly name: string
  /** Processes with the role `process` alone, beside one with the others; 0 is one process that does everything. */
  readonly processors: number
  /** Of the messages that the embedded engines get: slow servers get fewer. */
  readonly share: number
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
      CREDENTIAL_SECRET: randomUUID() + randomUUID(),
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
    processors: 0,
    share: 1,
    start: () => Promise.resolve({ environment: {}, stop: () => Promise.resolve() }),
  },
  { key: 'redis', name: 'Redis, SQLite', missing: noRedis, processors: 0, share: 1, start: redis },
  ...[0, 1, 2].map((processors) => ({
    key: ['mongo', 'process-1', 'process-2'][processors] ?? '',
    name: `Redis, ${mongoServerName}${['', ', 1 process', ', 2 processes'][processors]}`,
    missing: noRedis ?? noMongo,
    processors,
    share: 0.1,
    start: redisAndMongo,
  })),
]
