/** Runs aedes-persistence's own suite, which needs node:test; started by sqlite-persistence.test.ts. */
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { SqlitePersistence } from './sqlite-persistence.ts'

type AbstractSuite = (options: {
  readonly test: typeof test
  readonly persistence: () => SqlitePersistence
  readonly testAsync: true
}) => void

// oxlint-disable-next-line no-unsafe-type-assertion -- the suite has no types
const abstractSuite = createRequire(import.meta.url)('aedes-persistence/abstract.js') as AbstractSuite

abstractSuite({ test, persistence: () => new SqlitePersistence({ dataFile: ':memory:' }), testAsync: true })
