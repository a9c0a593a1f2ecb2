import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  type NodeRedUnderTest,
  openNodeRed,
  unavailableToNodes,
} from '../../platform/kit/node-red.fixture.ts'
import type { Reject } from '../dead-letter.ts'
import { noCounts } from '../counts.ts'

const counts = noCounts()
let kept: unknown[] = []
let failure: Error | undefined
let red: NodeRedUnderTest

beforeAll(async () => {
  red = await openNodeRed({
    metrics: { registerNode: () => () => undefined },
    telemetry: {
      counts,
      deadLetters: {
        put(rejects: unknown) {
          if (failure !== undefined) return Promise.reject(failure)
          kept.push(rejects)
          return Promise.resolve()
        },
      },
    },
  })
  await red.deploy({ id: 'keeping', type: 'dead-letter' })
}, 30_000)
afterAll(() => red[Symbol.asyncDispose]())
beforeEach(() => {
  kept = []
  failure = undefined
  counts.deadLetters = 0
})

const reject: Reject = {
  orgId: 'acme',
  deviceId: 'd1',
  topic: 't',
  reason: 'not-json',
  detail: 'Unexpected end',
  payload: new Uint8Array([0x7b]),
  receivedAt: 1,
  offset: '7',
  index: 0,
}
const outcomeOf = (payload: unknown): Promise<unknown> => {
  const delivery = red.deliveries.begin()
  red.send('keeping', { payload, _delivery: delivery.id })
  return delivery.outcome
}

test('the dead-letter node keeps what was rejected, and is done when it is kept', async () => {
  const rejects = [reject, { ...reject, index: 1 }]
  expect(await outcomeOf(rejects)).toMatchObject({ kind: 'processed' })
  expect(kept).toEqual([rejects])
  expect(counts.deadLetters).toBe(2)
})

test('while the store is away nothing is counted, and the batch shall come again', async () => {
  failure = unavailableToNodes('the store is away')
  expect(await outcomeOf([reject])).toMatchObject({ kind: 'unavailable' })
  expect(counts.deadLetters).toBe(0)
})

test('a reason that there is not is refused at the door', async () => {
  expect(await outcomeOf([{ ...reject, reason: 'a whim' }])).toMatchObject({ kind: 'failed' })
  expect(kept).toEqual([])
})
