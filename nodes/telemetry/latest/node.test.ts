import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { unseenDevice } from '../../devices/state.ts'
import { type NodeRedUnderTest, openNodeRed } from '../../platform/kit/node-red.fixture.ts'
import { anAssessedReading } from '../assessed-reading.fixture.ts'

let put: unknown[] = []
let seen: unknown[] = []
let isPut: Promise<void> | undefined
let reading: Promise<void> | undefined
let red: NodeRedUnderTest

beforeAll(async () => {
  red = await openNodeRed({
    metrics: { registerNode: () => () => undefined },
    latest: {
      put(readings: unknown) {
        put.push(readings)
        return isPut
      },
    },
    devices: {
      states: {
        know: () => reading,
        // A device that was offline until now is news.
        seen(orgId: string, deviceId: string, atMs: number) {
          seen.push([orgId, deviceId, atMs])
          return deviceId === 'was-offline' ? { ...unseenDevice(orgId, deviceId), online: true } : undefined
        },
      },
    },
  })
  await red.deploy(
    { id: 'newest', type: 'latest', wires: [['readings'], ['states']] },
    { id: 'readings', type: 'sink' },
    { id: 'states', type: 'sink' },
  )
}, 30_000)
afterAll(() => red[Symbol.asyncDispose]())
beforeEach(() => {
  put = []
  seen = []
  isPut = undefined
  reading = undefined
})

test('the latest node puts a batch and hands it on', async () => {
  const batch = [anAssessedReading(), anAssessedReading({ port: 2 })]
  red.send('newest', { payload: batch })
  expect(await red.received('readings')).toMatchObject({ payload: batch })
  expect(put).toEqual([batch])
  expect(red.waiting('states')).toBe(0)
})

test('a device is noted as seen once for readings of it that stand together', async () => {
  const other = anAssessedReading({ deviceId: 'd2', ingestTs: 1600 })
  red.send('newest', { payload: [anAssessedReading(), anAssessedReading({ port: 2 }), other] })
  await red.received('readings')
  expect(seen).toEqual([
    ['acme', 'd1', 1500],
    ['acme', 'd2', 1600],
  ])
})

test('a device that is online by what it sent is told of on the second output', async () => {
  red.send('newest', { payload: [anAssessedReading({ deviceId: 'was-offline' })] })
  expect(await red.received('states')).toMatchObject({ payload: [{ id: 'was-offline', online: true }] })
  await red.received('readings')
})

test('states that have to be read first are waited for before anybody is seen', async () => {
  const read = Promise.withResolvers<void>()
  reading = read.promise
  red.send('newest', { payload: [anAssessedReading()] })
  expect([seen, red.waiting('readings')]).toEqual([[], 0])
  read.resolve()
  await red.received('readings')
  expect(seen).toHaveLength(1)
})

test('a batch is not durable before the values are where other instances see them', async () => {
  const shared = Promise.withResolvers<void>()
  isPut = shared.promise
  const delivery = red.deliveries.begin()
  red.send('newest', { payload: [anAssessedReading()], _delivery: delivery.id })
  const outcome = await delivery.outcome
  if (outcome.kind !== 'processed') throw new Error(outcome.kind)
  const first = await Promise.race([outcome.durable.then(() => 'durable'), Promise.resolve('processed')])
  expect(first).toBe('processed')
  shared.resolve()
  await expect(outcome.durable).resolves.toBeUndefined()
  await red.received('readings')
})
