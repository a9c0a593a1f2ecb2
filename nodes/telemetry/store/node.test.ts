import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  type NodeRedUnderTest,
  openNodeRed,
  unavailableToNodes,
} from '../../platform/kit/node-red.fixture.ts'
import { anAssessedReading } from '../assessed-reading.fixture.ts'
import { noCounts } from '../counts.ts'

const counts = noCounts()
const metrics = {
  registerNode: () => () => undefined,
  readingAge: {
    seconds: [] as number[],
    observe: (seconds: number) => void metrics.readingAge.seconds.push(seconds),
  },
}
let appended: unknown[] = []
let counted: unknown[] = []
let failure: Error | undefined
let onDisk = Promise.withResolvers<void>()
let red: NodeRedUnderTest

beforeAll(async () => {
  red = await openNodeRed({
    clock: { nowMs: () => 3000 },
    metrics,
    telemetry: {
      counts,
      traffic: { count: (readings: unknown, nowMs: number) => void counted.push([readings, nowMs]) },
    },
    series: {
      append(readings: unknown) {
        if (failure !== undefined) return Promise.reject(failure)
        appended.push(readings)
        return Promise.resolve({ durable: onDisk.promise })
      },
    },
  })
  await red.deploy({ id: 'storing', type: 'store', wires: [['stored']] }, { id: 'stored', type: 'sink' })
}, 30_000)
afterAll(() => red[Symbol.asyncDispose]())
beforeEach(() => {
  appended = []
  counted = []
  failure = undefined
  onDisk = Promise.withResolvers<void>()
  metrics.readingAge.seconds = []
  counts.readingsStored = 0
})

const readings = [anAssessedReading(), anAssessedReading({ ts: 2000, port: 2 })]

test('the store node appends a batch in one piece and hands it on', async () => {
  red.send('storing', { payload: readings })
  expect(await red.received('stored')).toMatchObject({ payload: readings })
  expect(appended).toEqual([readings])
  expect(counted).toEqual([[readings, 3000]])
  expect(counts.readingsStored).toBe(2)
})

test('it observes the age of every 25th reading, however they come in batches', async () => {
  for (const size of [20, 1, 29, 50]) {
    const batch = Array.from({ length: size }, (_, n) => anAssessedReading({ ts: 2000 - n }))
    red.send('storing', { payload: batch })
    await red.received('stored')
  }
  expect(metrics.readingAge.seconds).toHaveLength(4)
})

test('the batch is durable when the series is, and not before', async () => {
  const delivery = red.deliveries.begin()
  red.send('storing', { payload: readings, _delivery: delivery.id })
  const outcome = await delivery.outcome
  if (outcome.kind !== 'processed') throw new Error(outcome.kind)
  const first = await Promise.race([outcome.durable.then(() => 'durable'), Promise.resolve('processed')])
  expect(first).toBe('processed')
  onDisk.resolve()
  await expect(outcome.durable).resolves.toBeUndefined()
  await red.received('stored')
})

test('while the series is away nothing is handed on or counted, and the batch shall come again', async () => {
  failure = unavailableToNodes('the disk is full')
  const delivery = red.deliveries.begin()
  red.send('storing', { payload: readings, _delivery: delivery.id })
  expect(await delivery.outcome).toMatchObject({
    kind: 'unavailable',
    error: { message: 'the disk is full' },
  })
  expect([counts.readingsStored, red.waiting('stored'), counted.length]).toEqual([0, 0, 0])
})

test('what is no reading is refused at the door', async () => {
  const delivery = red.deliveries.begin()
  red.send('storing', { payload: [{ ...readings[0], quality: 'splendid' }], _delivery: delivery.id })
  expect(await delivery.outcome).toMatchObject({ kind: 'failed' })
  expect(appended).toEqual([])
})
