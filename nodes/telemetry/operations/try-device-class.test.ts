import { beforeEach, describe, expect, test } from 'vitest'
import { type Answer, callOperation } from '../../http/call-operation.fixture.ts'
import { idlePool } from '../../platform/expressions/idle-pool.fixture.ts'
import type { ExpressionTask } from '../../platform/expressions/pool.ts'
import { useFleet } from '../../devices/operations/fleet.fixture.ts'
import { operation as tryDeviceClass } from './try-device-class.ts'

const fleet = useFleet()
let tasks: ExpressionTask[]

beforeEach(async () => {
  tasks = []
})

const expressions = {
  ...idlePool,
  submit(task: ExpressionTask): void {
    tasks.push(task)
    task.done({ kind: 'value', text: '{"readings":{"port":1,"value":7}}' })
  },
}
const attempt = (deviceClass: object, samples: readonly object[]): Promise<Answer> =>
  callOperation(tryDeviceClass, { ...fleet.needed, expressions }, { body: { class: deviceClass, samples } })

const fields = [
  { path: 'v', port: 1 },
  { path: 'w', port: 2 },
]
const meter = {
  key: 'meter',
  name: 'Meter',
  telemetry: [
    { topic: 'meters/{device}/{kind}', decode: { shape: 'fields', values: { numericText: true }, fields } },
  ],
  topics: { lifecycle: 'meters/{device}/up/lwt' },
  lifecycle: { online: ['up'], offline: ['down'] },
  ports: [
    { port: 1, name: 'v', unit: 'V', scaling: 2 },
    { port: 2, name: 'w', max: 5 },
  ],
  reported: ['fw'],
}

describe('a class that is tried', () => {
  test('tells what each message would become', async () => {
    const receivedAt = '2026-01-05T08:00:00.000Z'
    const answer = await attempt(meter, [
      { topic: 'meters/AA BB/data', payload: '{"v":"3","w":9,"fw":"1.0"}', receivedAt },
      { topic: 'meters/AA BB/up/lwt', payloadBase64: 'dXA=' },
      { topic: 'meters/AA BB/data', payload: '' },
      { topic: 'meters/AA BB/data', payload: '{"v":"high"}', receivedAt },
      { topic: 'elsewhere', payload: '{}' },
    ])
    const nothing = { readings: [], reports: [], lifecycle: null, events: [], responses: [], reasons: [] }
    const base = {
      topic: 'meters/AA BB/data',
      device: 'AA BB',
      channel: 'telemetry',
      isIgnored: false,
      ...nothing,
    }
    const ts = receivedAt
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.body).toEqual({
      items: [
        {
          ...base,
          readings: [
            { port: 1, name: 'v', unit: 'V', ts, rawValue: 3, calibratedValue: 6, quality: 'good' },
            { port: 2, name: 'w', unit: '', ts, rawValue: 9, calibratedValue: 9, quality: 'out-of-range' },
          ],
          reports: [{ fw: '1.0' }],
        },
        { ...base, topic: 'meters/AA BB/up/lwt', channel: 'lifecycle', lifecycle: 'online' },
        { ...base, isIgnored: true },
        { ...base, reasons: [{ reason: 'wrong-shape', detail: 'v: must be a number, not "high"' }] },
        {
          ...base,
          topic: 'elsewhere',
          device: null,
          channel: null,
          reasons: [{ reason: 'foreign-topic', detail: 'not a topic of this class' }],
        },
      ],
    })
  })

  test('has its expression evaluated as it would be, on an account of its own', async () => {
    const decode = { shape: 'jsonata', expression: 'v' }
    const answer = await attempt({ ...meter, telemetry: [{ topic: 'm/{device}', decode }] }, [
      { topic: 'm/d1', payload: '{"v":1}' },
    ])
    expect(answer.body).toMatchObject({ items: [{ readings: [{ port: 1, rawValue: 7 }] }] })
    expect(tasks).toMatchObject([
      { owner: { orgId: 'acme', classKey: 'meter/try' }, source: 'v', text: '{"v":1}' },
    ])
  })

  test('may be of version 1, and about a device that is registered', async () => {
    const body = {
      key: 'own',
      name: 'Own',
      topics: { telemetry: 'o/{device}' },
      decode: { shape: 'readings' },
    }
    const answer = await attempt(body, [{ topic: 'o/d2', payload: '{"readings":[{"port":1,"value":1}]}' }])
    expect(answer.body).toMatchObject({ items: [{ device: 'd2', reasons: [{ reason: 'unknown-port' }] }] })
  })

  test.each<[string, object, readonly object[], number, string]>([
    [
      'that is none',
      { ...meter, ports: [] },
      [{ topic: 'x', payload: '' }],
      422,
      'body.class.telemetry.0.decode.fields.0.port',
    ],
    ['without samples', meter, [], 400, 'body.samples'],
    ['with a sample of nothing', meter, [{ topic: 'x' }], 400, 'body.samples.0'],
    ['with a sample of two', meter, [{ topic: 'x', payload: '', payloadBase64: '' }], 400, 'body.samples.0'],
  ])('%s is refused', async (_, deviceClass, samples, status, path) => {
    expect(await attempt(deviceClass, samples)).toMatchObject({ status, body: { errors: [{ path }] } })
  })
})
