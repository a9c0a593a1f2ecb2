import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../../devices/device.fixture.ts'
import { systemClock } from '../../platform/clock.ts'
import { SharedExpressionPool } from '../../platform/expressions/pool.ts'
import { utf8Bytes } from '../../platform/kit/bytes.ts'
import { type NodeRedUnderTest, openNodeRed } from '../../platform/kit/node-red.fixture.ts'
import { silentLogger } from '../../platform/logger.ts'
import { anUplink } from './uplink.fixture.ts'

const transformed = aRecord(
  aClass({ decode: { shape: 'jsonata', expression: '{"readings": [{"port": 1, "value": t / 10}]}' } }),
  aDevice({ id: 'd2' }),
)
const broken = aRecord(
  aClass({ decode: { shape: 'jsonata', expression: '$error("no")' } }),
  aDevice({ id: 'd3' }),
)
/** Its expression is about the topic, too, and gives one reading alone. */
const about = aRecord(
  aClass({
    telemetry: [
      {
        topic: 'hall/{device}/{port}/{room}',
        decode: {
          shape: 'jsonata',
          payload: { kind: 'number' },
          input: 'message',
          expression: '{"readings": {"port": $number(levels.port), "value": payload.value * 2}}',
        },
      },
    ],
  }),
  aDevice({ id: 'd4' }),
)
const records = new Map([aRecord(), transformed, broken, about].map((record) => [record.device.id, record]))
const topicOf = (deviceId: string): string => `org/acme/device/${deviceId}/telemetry`
const from = (deviceId: string, value: unknown): object =>
  anUplink(value, { deviceId, topic: topicOf(deviceId), offset: deviceId })

const pool = new SharedExpressionPool({ clock: systemClock, random: Math.random, log: silentLogger })
const ingest = { messagesIgnored: 0 }
let red: NodeRedUnderTest

beforeAll(async () => {
  red = await openNodeRed({
    devices: { directory: { lookup: (id: string) => records.get(id) } },
    clock: systemClock,
    expressions: pool,
    metrics: { registerNode: () => () => undefined },
    telemetry: { counts: ingest },
  })
  await red.deploy(
    { id: 'decoding', type: 'decode', maxPayloadKiB: 1, wires: [['readings'], [], [], [], ['rejected']] },
    { id: 'readings', type: 'sink' },
    { id: 'rejected', type: 'sink' },
  )
}, 30_000)

afterAll(async () => {
  pool.close()
  await red[Symbol.asyncDispose]()
})

describe('the decode node', () => {
  test('turns one uplink into its readings', async () => {
    red.send('decoding', { payload: from('d1', { readings: [{ port: 1, value: 5 }] }) })
    expect(await red.received('readings')).toMatchObject({
      payload: { deviceId: 'd1', port: 1, rawValue: 5 },
    })
  })

  test('sends on what needs no expression at once, and behind it what an expression gives, in order', async () => {
    const plain = (value: number): object => from('d1', { readings: [{ port: 1, value }] })
    red.send('decoding', { payload: [plain(1), from('d2', { t: 215 }), plain(3), from('d2', { t: 5 })] })
    expect(await red.received('readings')).toMatchObject({
      payload: [
        { deviceId: 'd1', rawValue: 1 },
        { deviceId: 'd1', rawValue: 3 },
      ],
    })
    const late: object[] = []
    while (late.length < 2) {
      const { payload } = await red.received('readings')
      if (Array.isArray(payload)) late.push(...payload)
    }
    expect(late).toMatchObject([
      { deviceId: 'd2', rawValue: 21.5 },
      { deviceId: 'd2', rawValue: 0.5 },
    ])
  })

  test('evaluates an expression about the levels of the topic and the payload as its class reads it', async () => {
    const uplink = anUplink({}, { deviceId: 'd4', topic: 'hall/d4/2/north', payload: utf8Bytes('21.5') })
    red.send('decoding', { payload: uplink })
    const { payload } = await red.received('readings')
    expect([payload].flat()).toMatchObject([{ deviceId: 'd4', port: 2, rawValue: 43 }])
  })

  test('ignores what is empty, and counts it', async () => {
    const cleared = { ...from('d1', {}), payload: new Uint8Array() }
    red.send('decoding', { payload: [cleared, from('d1', { readings: [{ port: 1, value: 8 }] })] })
    expect(await red.received('readings')).toMatchObject({ payload: [{ rawValue: 8 }] })
    expect(ingest.messagesIgnored).toBe(1)
  })

  test.each([
    ['not-utf8', { ...from('d1', {}), payload: new Uint8Array([0xff, 0xfe]) }],
    ['not-json', { ...from('d1', {}), payload: new TextEncoder().encode('{') }],
    ['too-large', from('d1', { filler: 'x'.repeat(1100) })],
    ['unknown-device', from('d9', {})],
    ['unknown-device', { ...from('d1', {}), orgId: 'other' }],
    ['foreign-topic', { ...from('d1', {}), topic: topicOf('d2') }],
    ['decode-failed', from('d3', {})],
    ['wrong-shape', from('d1', {})],
    ['decode-failed', from('d2', { t: 'warm' })],
  ])('what is %s is rejected as it came, and its neighbours are not', async (reason, uplink) => {
    red.send('decoding', { payload: [uplink, from('d1', { readings: [{ port: 1, value: 7 }] })] })
    expect(await red.received('rejected')).toMatchObject({ payload: [{ reason }] })
    expect(await red.received('readings')).toMatchObject({ payload: [{ rawValue: 7 }] })
  })

  test('what an expression cannot digest is told without a word of where it ran', async () => {
    red.send('decoding', { payload: [from('d2', { t: 'warm' })] })
    const { payload } = await red.received('rejected')
    expect(payload).toMatchObject([{ reason: 'decode-failed', detail: expect.stringContaining('operator') }])
    expect(JSON.stringify(payload)).not.toMatch(/node_modules|stack/)
  })
})
