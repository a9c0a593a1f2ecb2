import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  type FlowNode,
  type NodeRedUnderTest,
  openNodeRed,
  unavailableToNodes,
} from '../../platform/kit/node-red.fixture.ts'
import type { Store } from '../../platform/store/port.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import type { Consumer, ConsumeOptions, Entry, Handled } from '../../platform/stream/port.ts'
import { removedGroupCollection } from '../removed-groups.ts'
import { noCounts } from '../counts.ts'

const counts = noCounts()
let directory: string
let store: Store
let consumers: (ConsumeOptions & { isClosed: boolean })[] = []
let letters: unknown[] = []
const pacing = new Set<object>()
let stalls: (() => void)[] = []
let red: NodeRedUnderTest

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'fleetloom-uplink-'))
  store = await openSqliteStore({ directory })
  red = await openNodeRed({
    store,
    clock: {
      nowMs: () => 1000,
      after(_: number, task: () => void) {
        stalls.push(task)
        return () => undefined
      },
    },
    metrics: { registerNode: () => () => undefined },
    telemetry: {
      counts,
      deadLetters: { put: async (rejects: unknown) => void letters.push(rejects) },
      intake: {
        pacedBy() {
          const pace = {}
          pacing.add(pace)
          return () => void pacing.delete(pace)
        },
      },
    },
    stream: {
      async consume(options: ConsumeOptions): Promise<Consumer> {
        const consumer = { ...options, isClosed: false }
        consumers.push(consumer)
        return {
          lag: 0,
          whenLagAtMost: () => Promise.resolve(),
          async close() {
            consumer.isClosed = true
          },
        }
      },
    },
  })
}, 30_000)
afterAll(async () => {
  await red[Symbol.asyncDispose]()
  await store.close()
  await rm(directory, { recursive: true })
})
beforeEach(() => {
  consumers = []
  letters = []
  stalls = []
  counts.messagesProcessed = 0
})

const entry = (key: string, offset: string): Entry => ({
  route: { orgId: 'acme', key, type: `org/acme/device/${key}/telemetry` },
  atMs: 500,
  data: new TextEncoder().encode('{}'),
  offset,
  deliveries: 0,
})
const source = (properties: object = {}): FlowNode => ({
  id: 'source',
  type: 'uplink',
  wires: [['batches']],
  ...properties,
})
const sink = { id: 'batches', type: 'sink' }

/** What the stream would hand to the node that runs now. */
function handOver(...entries: readonly Entry[]): Promise<Handled> {
  const consumer = consumers.at(-1)
  if (consumer === undefined) throw new Error('nobody consumes')
  return consumer.handle(entries)
}

test('the uplink node consumes the stream of uplinks as its properties say, and sets the pace', async () => {
  await red.deploy(source({ group: 'second', startAt: 'end', maxBatch: '7', maxDeliveries: '3' }), sink)
  expect(consumers).toMatchObject([
    { stream: 'uplink', group: 'second', startAt: 'end', maxEntries: 7, maxDeliveries: 3, isClosed: false },
  ])
  await expect.poll(() => pacing.size).toBe(1)
})

test('a batch is one message, and is processed when the flow is through with it', async () => {
  await red.deploy(source(), sink)
  const handled = handOver(entry('d1', '1'), entry('d2', '2'))
  const { payload } = await red.received('batches')
  expect(payload).toMatchObject([
    { orgId: 'acme', deviceId: 'd1', topic: 'org/acme/device/d1/telemetry', receivedAt: 500, offset: '1' },
    { deviceId: 'd2', offset: '2' },
  ])
  expect(await handled).toMatchObject({ kind: 'processed' })
  expect(counts.messagesProcessed).toBe(2)
})

test('what a node of the flow fails at is told to the stream, and counts as processed nowhere', async () => {
  await red.deploy(source({ wires: [['failing']] }), {
    id: 'failing',
    type: 'function',
    func: "throw new Error('no')",
    outputs: 1,
  })
  expect(await handOver(entry('d1', '1'))).toMatchObject({ kind: 'failed' })
  expect(counts.messagesProcessed).toBe(0)
})

test('a flow that does not finish in time has failed', async () => {
  await red.deploy(source({ wires: [['hanging']] }), {
    id: 'hanging',
    type: 'delay',
    pauseType: 'delay',
    timeout: '1000',
    timeoutUnits: 'hours',
  })
  const handled = handOver(entry('d1', '1'))
  await expect.poll(() => stalls.length).toBe(1)
  stalls[0]?.()
  expect(await handled).toMatchObject({ kind: 'failed', error: { message: expect.stringContaining('30 s') } })
})

test('an entry that the stream gives up is a dead letter that says why', async () => {
  await red.deploy(source(), sink)
  await consumers.at(-1)?.abandon({ ...entry('d1', '9'), deliveries: 4 }, unavailableToNodes('too much'))
  expect(letters).toMatchObject([
    [{ reason: 'poison', deviceId: 'd1', offset: '9', detail: expect.stringContaining('5 tries: too much') }],
  ])
})

test('a node that is taken out of the flows closes, sets no pace and is noted, until it comes back', async () => {
  const noted = store.platform(removedGroupCollection)
  await red.deploy(source({ group: 'gone' }), sink)
  await red.deploy(sink)
  expect(consumers.map(({ isClosed }) => isClosed)).toEqual([true])
  expect(pacing.size).toBe(0)
  expect((await noted.get('gone'))?.document).toEqual({ id: 'gone', stream: 'uplink', removedAtMs: 1000 })
  await red.deploy(source({ group: 'gone' }), sink)
  await expect.poll(() => noted.get('gone')).toBeUndefined()
})

test('a property that does not fit is shown, and nothing is consumed', async () => {
  await red.deploy(source({ group: 'Not A Group' }), sink)
  expect(consumers).toEqual([])
  expect(red.statusOf('source')).toMatchObject({ fill: 'red', text: expect.stringContaining('group') })
})
