import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{nodes,settings,sim,bench,scripts,dashboards}/**/*.test.ts'],
    exclude: ['nodes/dist/**', '**/node_modules/**'],
    pool: 'forks',
  },
})
