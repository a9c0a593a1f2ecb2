import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type NodeRedUnderTest, openNodeRed } from '../../platform/kit/node-red.fixture.ts'
import type { DeviceReport } from '../device-report.ts'
import { type DeviceState, evolveDeviceState, unseenDevice } from '../state.ts'

let states = new Map<string, DeviceState>()
let steps: string[] = []
let isSaved = Promise.withResolvers<void>()
let red: NodeRedUnderTest

beforeAll(async () => {
  red = await openNodeRed({
    metrics: { registerNode: () => () => undefined },
    devices: {
      directory: { lookup: (id: string) => ({ answersByReports: id === 'd2' }) },
      states: {
        async know(reports: readonly DeviceReport[]) {
          steps.push(`know ${reports.length}`)
        },
        report(report: DeviceReport) {
          steps.push(`report ${report.deviceId}`)
          const before = states.get(report.deviceId) ?? unseenDevice(report.orgId, report.deviceId)
          const state = evolveDeviceState(before, report, 1000)
          states.set(report.deviceId, state)
          return { state, isNews: state.online !== before.online || state.reported !== before.reported }
        },
        changedWith: async ({ id, online }: DeviceState) =>
          id === 'g1' ? [{ ...unseenDevice('acme', 'c1'), online }] : [],
        whenSaved: () => isSaved.promise,
      },
    },
  })
  await red.deploy(
    { id: 'folding', type: 'device-state', wires: [['states'], ['answering']] },
    { id: 'states', type: 'sink' },
    { id: 'answering', type: 'sink' },
  )
}, 30_000)
afterAll(() => red[Symbol.asyncDispose]())
beforeEach(() => {
  states = new Map()
  steps = []
  isSaved = Promise.withResolvers<void>()
})

const report = (deviceId: string, fan: number): DeviceReport => ({
  orgId: 'acme',
  deviceId,
  receivedAt: 10 + fan,
  reported: { fan },
})

test('the device-state node folds reports in order and tells each changed state once, as it is in the end', async () => {
  red.send('folding', { payload: [report('d1', 1), report('d2', 1), report('d1', 2)] })
  expect((await red.received('states')).payload).toMatchObject([
    { id: 'd1', online: true, reported: { fan: 2 } },
    { id: 'd2', online: true, reported: { fan: 1 } },
  ])
  expect(steps).toEqual(['know 3', 'report d1', 'report d2', 'report d1'])
  expect((await red.received('answering')).payload).toEqual([report('d2', 1)])
})

test('with a gateway its children come and go', async () => {
  const told = { orgId: 'acme', deviceId: 'g1', receivedAt: 10 }
  red.send('folding', { payload: [{ ...told, online: true }] })
  expect((await red.received('states')).payload).toMatchObject([
    { id: 'g1', online: true },
    { id: 'c1', online: true },
  ])
  red.send('folding', { payload: [{ ...told, receivedAt: 20, online: false }] })
  expect((await red.received('states')).payload).toMatchObject([
    { id: 'g1', online: false },
    { id: 'c1', online: false },
  ])
})

test('what a device repeats is no news', async () => {
  red.send('folding', { payload: [report('d1', 1)] })
  await red.received('states')
  const delivery = red.deliveries.begin()
  isSaved.resolve()
  red.send('folding', { payload: [report('d1', 1)], _delivery: delivery.id })
  expect(await delivery.outcome).toMatchObject({ kind: 'processed' })
  expect(red.waiting('states')).toBe(0)
})

test('a batch is not durable before the states are saved', async () => {
  const delivery = red.deliveries.begin()
  red.send('folding', { payload: [report('d1', 1)], _delivery: delivery.id })
  const outcome = await delivery.outcome
  if (outcome.kind !== 'processed') throw new Error(outcome.kind)
  const first = await Promise.race([outcome.durable.then(() => 'durable'), Promise.resolve('processed')])
  expect(first).toBe('processed')
  isSaved.resolve()
  await expect(outcome.durable).resolves.toBeUndefined()
  await red.received('states')
})

test('what is no report is refused at the door', async () => {
  const delivery = red.deliveries.begin()
  red.send('folding', { payload: [{ ...report('d1', 1), online: 'yes' }], _delivery: delivery.id })
  expect(await delivery.outcome).toMatchObject({ kind: 'failed' })
  expect(steps).toEqual([])
})
