import { defineConfig } from 'vitest/config'

/** What crosses processes: one platform at a time, since each takes a core. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
