import { defineConfig } from 'vitest/config'

/** Tests that need a server of somebody else's: Redis, a MongoDB-protocol server, Mosquitto, an S3 server. */
export const engineTests: readonly string[] = [
  'engines/**/{mongo,mqtt,redis,s3}{,.*}.test.ts',
  'engines/{mongo,redis}/*.test.ts',
  'engines/live/*.redis.test.ts',
  'nodes/**/*.mongo.test.ts',
]

export default defineConfig({
  test: {
    include: [...engineTests],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
