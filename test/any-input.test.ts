import { gzipSync } from 'node:zlib'
import { encode as cbor } from 'cborg'
import mqtt from 'mqtt'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, deadLettersOf, readingsOf, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const anything = z.unknown()
const stateSchema = z.object({ online: z.boolean(), reported: z.record(z.string(), z.json()) })

interface Row {
  readonly name: string
  /** What the class says besides its key, name and ports. */
  readonly class: object
  readonly device?: object
  /** Topic and payload; `{device}` stands for the device's address. */
  readonly messages: readonly (readonly [topic: string, payload: string | Uint8Array])[]
  /** Port, value, and quality where it is not good. */
  readonly readings?: readonly (readonly [port: number, value: number, quality?: string])[]
  /** Of the readings, where the device says when. */
  readonly times?: readonly string[]
  readonly reported?: object
  readonly online?: boolean
  readonly letters?: readonly string[]
}

const topic = 'any/{device}'
const fields = (decode: object = {}, changes: object = {}): object => ({
  telemetry: [{ topic, decode: { shape: 'fields', fields: [{ path: 'v', port: 1 }], ...decode } }],
  ...changes,
})
/** Past, within what a class takes, at a full second. */
const atMs = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
const at = new Date(atMs).toISOString()
const seconds = atMs / 1000
const local = (timeZone: string): string =>
  new Date(atMs).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T')

/** Far more than a batch of usual messages has. */
const many = Array.from({ length: 400 }, (_, index) => index)

const rows: readonly Row[] = [
  {
    name: 'a local time without a zone, and null as no value',
    class: fields({
      time: { path: 'Time', format: 'iso', zone: 'Europe/Rome' },
      fields: [
        { path: 'ENERGY.Power', port: 1 },
        { path: 'AM2301.Temperature', port: 2 },
      ],
    }),
    messages: [
      [topic, `{"Time":"${local('Europe/Rome')}","ENERGY":{"Power":12.3},"AM2301":{"Temperature":null}}`],
    ],
    readings: [[1, 12.3]],
    times: [at],
  },
  {
    name: 'a last will of one word',
    class: fields(
      {},
      {
        topics: { lifecycle: 'any/{device}/LWT' },
        lifecycle: { online: ['Online'], offline: ['Offline'] },
      },
    ),
    messages: [
      ['any/{device}/LWT', 'Online'],
      ['any/{device}/LWT', 'Offline'],
    ],
    online: false,
  },
  {
    name: 'availability with its word at a path',
    class: fields(
      {},
      {
        topics: { lifecycle: 'any/{device}/availability' },
        lifecycle: { path: 'state', online: ['online'], offline: ['offline'] },
      },
    ),
    messages: [['any/{device}/availability', '{"state":"offline"}']],
    online: false,
  },
  {
    name: 'a word that is a number here, and reported as it came',
    class: fields(
      {
        values: { words: { on: 1, off: 0 } },
        fields: [
          { path: 't', port: 1 },
          { path: 'state', port: 2 },
        ],
      },
      { reported: ['state'] },
    ),
    messages: [[topic, '{"t":21.5,"state":"ON"}']],
    readings: [
      [1, 21.5],
      [2, 1],
    ],
    reported: { state: 'ON' },
  },
  {
    name: 'a second topic whose level names the port of a plain number',
    class: {
      telemetry: [
        { topic, decode: { shape: 'fields', fields: [{ path: 'v', port: 1 }] } },
        {
          topic: 'any/{device}/sensor/{sensor}/state',
          decode: {
            shape: 'fields',
            payload: { kind: 'number' },
            fields: [{ path: 'value', port: { level: 'sensor', ports: { temperature: 2, humidity: 3 } } }],
          },
        },
      ],
    },
    messages: [
      [topic, '{"v":1}'],
      ['any/{device}/sensor/temperature/state', '23.5'],
      ['any/{device}/sensor/humidity/state', '41'],
    ],
    readings: [
      [1, 1],
      [2, 23.5],
      [3, 41],
    ],
  },
  {
    name: 'an open level, and nine digits of a second',
    class: {
      telemetry: [
        {
          topic: 'any/{app}/device/{device}/event/up',
          decode: {
            shape: 'fields',
            time: { path: 'time', format: 'iso' },
            fields: [{ path: 'object.temperature', port: 1 }],
          },
        },
      ],
    },
    messages: [
      [
        'any/app-7/device/{device}/event/up',
        `{"time":"${at.replace('.000Z', '.123456789+00:00')}","object":{"temperature":21.5}}`,
      ],
    ],
    readings: [[1, 21.5]],
    times: [at.replace('.000Z', '.123Z')],
  },
  {
    name: 'epoch seconds as a number, as text, and a time with a space',
    class: fields({ time: { path: 'ts', format: 'auto' } }),
    messages: [
      [topic, `{"ts":${seconds},"v":1}`],
      [topic, `{"ts":"${seconds + 1}","v":2}`],
      [
        topic,
        `{"ts":"${new Date(atMs + 2000).toISOString().replace('T', ' ').replace('.000Z', 'Z')}","v":3}`,
      ],
      [topic, `{"ts":${atMs + 3000},"v":4}`],
      [topic, `{"ts":"${new Date(atMs + 4000).toISOString().replace('.000Z', '+0000')}","v":5}`],
    ],
    readings: [
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
      [1, 5],
    ],
    times: [0, 1, 2, 3, 4].map((second) => new Date(atMs + second * 1000).toISOString()),
  },
  {
    name: 'numbers as text, with a comma, with a unit, behind a mark',
    class: fields({ values: { numericText: true, decimalComma: true, unitSuffix: true } }),
    messages: [
      [topic, '{"v":"23.5"}'],
      [topic, '{"v":"24,5"}'],
      [topic, '{"v":"25.5 °C"}'],
      [topic, '\ufeff{"v":26.5}'],
    ],
    readings: [
      [1, 23.5],
      [1, 24.5],
      [1, 25.5],
      [1, 26.5],
    ],
  },
  {
    name: 'two values of one instant in one message: the first stays, the other is told',
    class: {
      telemetry: [
        {
          topic,
          decode: {
            shape: 'fields',
            fields: [{ path: 'v', port: 1 }],
            samples: { path: 'list', time: { path: 't', format: 'epoch-s' } },
          },
        },
      ],
    },
    messages: [[topic, `{"list":[{"t":${seconds},"v":1},{"t":${seconds},"v":2},{"t":${seconds},"v":1}]}`]],
    readings: [[1, 1]],
    letters: ['conflict'],
  },
  {
    name: 'two values of one instant in two messages: the last stays where the class says so',
    class: fields({ time: { path: 'ts', format: 'epoch-s' } }, { onConflict: 'last' }),
    messages: [
      [topic, `{"ts":${seconds},"v":1}`],
      [topic, `{"ts":${seconds},"v":1}`],
      [topic, `{"ts":${seconds},"v":2}`],
    ],
    readings: [[1, 2]],
    letters: ['conflict'],
  },
  {
    name: 'hundreds of values at once are replaced where the last stays',
    class: {
      telemetry: [
        {
          topic,
          decode: {
            shape: 'fields',
            fields: [{ path: 'v', port: 1 }],
            samples: { path: 'list', time: { path: 't', format: 'epoch-s' } },
          },
        },
      ],
      onConflict: 'last',
    },
    messages: [1, 2].map((v) => [
      topic,
      JSON.stringify({ list: many.map((index) => ({ t: seconds + index, v: v * 1000 + index })) }),
    ]),
    readings: many.map((index) => [1, 2000 + index]),
    letters: ['conflict'],
  },
  {
    name: 'a clock that is not set: the time of receipt, suspect',
    class: fields({ time: { path: 'ts', format: 'auto', clockNotSet: 'receipt' } }),
    messages: [[topic, '{"ts":"1970-01-01T00:00:07Z","v":5}']],
    readings: [[1, 5, 'suspect']],
  },
  {
    name: 'a number that is none does not take its neighbour along',
    class: fields({
      payload: { kind: 'json', lenient: true },
      fields: [
        { path: 'temperature', port: 1 },
        { path: 'humidity', port: 2 },
      ],
    }),
    messages: [[topic, '{"temperature":nan,"humidity":41}']],
    readings: [[2, 41]],
  },
  {
    name: 'a report of reported fields only, and an empty payload',
    class: fields({}, { reported: ['firmware'] }),
    messages: [
      [topic, '{"firmware":"1.4.2"}'],
      [topic, ''],
    ],
    reported: { firmware: '1.4.2' },
  },
  {
    name: 'a single object where an expression should give a list',
    class: {
      telemetry: [
        {
          topic,
          decode: { shape: 'jsonata', expression: '{ "readings": list[v > 1].{ "port": 1, "value": v } }' },
        },
      ],
    },
    messages: [[topic, '{"list":[{"v":1},{"v":7}]}']],
    readings: [[1, 7]],
  },
  {
    name: 'a number beyond 2^53: marked, and exact as reported text',
    class: fields({}, { reported: ['v'] }),
    messages: [[topic, '{"v":9007199254740993}']],
    readings: [[1, 9_007_199_254_740_992, 'suspect']],
    reported: { v: '9007199254740993' },
  },
  {
    name: 'a friendly name with an accent and a space, a key with a colon',
    class: fields({ fields: [{ path: 'env."air:temp"', port: 1 }] }),
    device: { address: 'Küche Süd' },
    messages: [[topic, '{"env":{"air:temp":21}}']],
    readings: [[1, 21]],
  },
  {
    name: 'topics of nobody, where the class ignores them',
    class: fields({}, { unknownTopics: 'ignore' }),
    messages: [
      ['any/{device}/INFO1', '{"Info1":{}}'],
      [topic, '{"v":1}'],
    ],
    readings: [[1, 1]],
  },
  {
    name: 'error words of a sensor as no value',
    class: fields({ fields: [{ path: 'v', port: 1, values: { noValue: [85, -127] } }] }),
    messages: [
      [topic, '{"v":85}'],
      [topic, '{"v":-127}'],
      [topic, '{"v":20}'],
    ],
    readings: [[1, 20]],
  },
  {
    name: 'CBOR',
    class: fields({ payload: { kind: 'cbor' }, time: { path: 'ts', format: 'auto' } }),
    messages: [[topic, cbor({ ts: seconds, v: 21.5 })]],
    readings: [[1, 21.5]],
    times: [at],
  },
  {
    name: 'gzip around text',
    class: fields({ payload: { kind: 'number', compression: 'gzip' }, fields: [{ path: 'value', port: 1 }] }),
    messages: [[topic, gzipSync('23.5')]],
    readings: [[1, 23.5]],
  },
]

describe('whatever a device says, by its class alone', () => {
  const running = usePlatform()
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'any')
  })

  const connect = (username: string, password: string): Promise<mqtt.MqttClient> =>
    mqtt.connectAsync({
      host: '127.0.0.1',
      port: running().mqttPort,
      username,
      password,
      clientId: username,
      reconnectPeriod: 0,
    })

  it('a gateway brings the messages of its children in one payload, and of nobody else', async () => {
    await api.expect(anything, 'POST', '/api/v1/device-classes', {
      body: {
        key: 'hub',
        name: 'Hub',
        telemetry: [
          {
            topic: 'hubs/{device}',
            decode: { shape: 'children', expression: 'sensors.{ "device": mac, "payload": { "t": t } }' },
          },
        ],
      },
    })
    await api.expect(anything, 'POST', '/api/v1/device-classes', {
      body: {
        key: 'tag',
        name: 'Tag',
        telemetry: [
          { topic: 'tags/{device}', decode: { shape: 'fields', fields: [{ path: 't', port: 1 }] } },
        ],
        ports: [{ port: 1, name: 't' }],
      },
    })
    const { password } = await registerDevice(api, 'hub-1', { classKey: 'hub' })
    for (const [id, address] of [
      ['tag-1', 'AA:01'],
      ['tag-2', 'AA:02'],
    ] as const)
      await registerDevice(api, id, { classKey: 'tag', address, gateway: 'hub-1' })
    await registerDevice(api, 'tag-9', { classKey: 'tag', address: 'AA:09' })
    const client = await connect('hub-1', password)
    const sent = [
      { mac: 'AA:01', t: 21 },
      { mac: 'AA:02', t: 22 },
      { mac: 'AA:01', t: 23 },
      { mac: 'AA:09', t: 24 },
    ]
    await client.publishAsync('hubs/hub-1', JSON.stringify({ sensors: sent }), { qos: 1 })
    await client.endAsync()
    const found = await until('readings of both', async () => {
      const both = [await readingsOf(api, 'tag-1'), await readingsOf(api, 'tag-2')] as const
      return both[0].length === 2 && both[1].length === 1 ? both : undefined
    })
    expect(found.map((of) => of.map(({ rawValue }) => rawValue))).toEqual([[21, 23], [22]])
    expect(await readingsOf(api, 'tag-9')).toEqual([])
    expect(await deadLettersOf(api, '&deviceId=hub-1')).toMatchObject([
      { reason: 'unknown-device', detail: 'AA:09 is not a child of this gateway' },
    ])
  })

  it.each(rows.map((row, index) => [row.name, row, `any-${index + 1}`] as const))(
    '%s',
    async (_, row, id) => {
      const ports = [1, 2, 3].map((port) => ({ port, name: `port ${port}` }))
      // Each class has topics of its own.
      const own = z
        .looseObject({})
        .parse(JSON.parse(JSON.stringify(row.class).replaceAll('"any/', `"${id}/`)))
      await api.expect(anything, 'POST', '/api/v1/device-classes', {
        body: { key: id, name: id, ports, ...own },
      })
      const { password } = await registerDevice(api, id, { classKey: id, ...row.device })
      const address = z.object({ address: z.string().default(id) }).parse(row.device ?? {}).address
      const client = await connect(id, password)
      for (const [name, payload] of row.messages)
        await client.publishAsync(
          name.replace('any/', `${id}/`).replace('{device}', address),
          typeof payload === 'string' ? payload : Buffer.from(payload),
          { qos: 1 },
        )
      await client.endAsync()

      const expected = row.readings ?? []
      const found = await until(`what was sent by ${id}`, async () => {
        const readings = await readingsOf(api, id)
        const letters = await deadLettersOf(api, `&deviceId=${id}`)
        const isAll = readings.length >= expected.length && letters.length >= (row.letters ?? []).length
        const isSettled = expected.every(
          ([port, value], n) => readings[n]?.port === port && readings[n].rawValue === value,
        )
        return isAll && isSettled ? { readings, letters } : undefined
      })
      expect(found.readings.map(({ port, quality, rawValue }) => [port, rawValue, quality])).toEqual(
        expected.map(([port, value, quality = 'late']) => [
          port,
          value,
          row.times === undefined && row.letters === undefined && quality === 'late' ? 'good' : quality,
        ]),
      )
      const times = found.readings.map(({ ts }) => ts)
      expect(times).toEqual(row.times ?? times)
      expect(found.letters.map(({ reason }) => reason)).toEqual(row.letters ?? [])
      const state = await until(`the state of ${id}`, async () => {
        const { online, reported } = await api.expect(stateSchema, 'GET', `/api/v1/devices/${id}/state`)
        const isReported = Object.entries(row.reported ?? {}).every(
          ([path, value]) => reported[path] === value,
        )
        return isReported && (row.online === undefined || online === row.online) ? { reported } : undefined
      })
      expect(state.reported).toEqual(row.reported ?? {})
    },
  )
})
