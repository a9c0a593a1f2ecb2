import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { unseenDevice } from '../../devices/state.ts'
import { type NodeRedUnderTest, openNodeRed } from '../../platform/kit/node-red.fixture.ts'
import { anAssessedReading } from '../../telemetry/assessed-reading.fixture.ts'
import { stateEvent } from '../../devices/live-state.ts'
import { readingEvent } from '../../telemetry/live-reading.ts'

let watched = new Set<string>()
let asked: string[] = []
let published: unknown[] = []
let red: NodeRedUnderTest

beforeAll(async () => {
  red = await openNodeRed({
    metrics: { registerNode: () => () => undefined },
    live: {
      hasWatchers: () => watched.size > 0,
      isWatched(orgId: string, deviceId: string) {
        asked.push(deviceId)
        return watched.has(`${orgId}/${deviceId}`)
      },
      publish: (orgId: string, event: unknown) => void published.push([orgId, event]),
    },
  })
  await red.deploy({ id: 'telling', type: 'live' })
}, 30_000)
afterAll(() => red[Symbol.asyncDispose]())
beforeEach(() => {
  watched = new Set()
  asked = []
  published = []
})

async function send(payload: unknown): Promise<string> {
  const delivery = red.deliveries.begin()
  red.send('telling', { payload, _delivery: delivery.id })
  return (await delivery.outcome).kind
}

test('the live node tells of readings and states of devices that somebody watches, in order', async () => {
  watched.add('acme/d1')
  const reading = anAssessedReading()
  expect(await send([reading, anAssessedReading({ deviceId: 'd2' })])).toBe('processed')
  const state = { ...unseenDevice('acme', 'd1'), online: true }
  expect(await send([state, unseenDevice('acme', 'd2')])).toBe('processed')
  expect(published).toEqual([
    ['acme', readingEvent(reading)],
    ['acme', stateEvent(state)],
  ])
})

test('a device of the same name in another organization is not watched by it', async () => {
  watched.add('acme/d1')
  await send([anAssessedReading({ orgId: 'other' })])
  expect([asked, published]).toEqual([['d1'], []])
})

test('while nobody watches anything, nobody is asked for each item', async () => {
  expect(await send([anAssessedReading(), anAssessedReading({ port: 2 })])).toBe('processed')
  expect([asked, published]).toEqual([[], []])
})

test('what is neither reading nor state is refused at the door', async () => {
  watched.add('acme/d1')
  expect(await send([{ deviceId: 'd1', value: 5 }])).toBe('failed')
  expect(published).toEqual([])
})
