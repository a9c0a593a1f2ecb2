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

/** They want the payload of a QoS 2 message back, which is not kept: the broker has passed it on when it came. */
const notOurs = new Set(['add incoming packet, get it, and clear with messageId', 'clean incoming packets'])
// oxlint-disable-next-line no-unsafe-type-assertion -- the suite calls it in this one way
const ours = ((name: string, run: () => Promise<void>) =>
  notOurs.has(name) ? undefined : test(name, run)) as typeof test

abstractSuite({
  test: ours,
  persistence: () => new SqlitePersistence({ dataFile: ':memory:' }),
  testAsync: true,
})
