import { defineConfig } from 'vitest/config'
import { engineTests } from './vitest.engines.config.ts'

export default defineConfig({
  test: {
    include: ['{client,nodes,engines,editor,server,demo,settings,sim,bench,scripts,dashboards}/**/*.test.ts'],
    exclude: ['nodes/dist/**', '**/node_modules/**', ...engineTests],
    pool: 'forks',
    maxWorkers: 2,
  },
})
