import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aClass, aRecord } from '../../devices/device.fixture.ts'
import type { Decoded } from './decode.ts'
import { parsePayload } from './payload-reader.ts'
import { decoded, receivedAt, telemetryTopic } from './uplink.fixture.ts'

const logger = aRecord()
const reasonsOf = ({ rejects }: Decoded): string[] => rejects.map(({ reason }) => reason)
const valuesOf = ({ readings }: Decoded): (readonly [number, number])[] =>
  readings.map(({ port, rawValue }) => [port, rawValue] as const)

describe('a payload of readings', () => {
  test('becomes a reading each, with device, time and time of receipt', () => {
    const { readings, rejects } = decoded(
      {
        ts: '2025-09-06T12:00:00Z',
        readings: [
          { port: 1, value: 230.5 },
          { port: 2, value: 0 },
        ],
      },
      logger,
    )

    const common = {
      orgId: 'acme',
      deviceId: 'd1',
      ts: Date.UTC(2025, 8, 6, 12),
      ingestTs: receivedAt,
      quality: 'good',
    }
    expect(readings).toEqual([
      { ...common, port: 1, rawValue: 230.5, calibratedValue: 230.5 },
      { ...common, port: 2, rawValue: 0, calibratedValue: 0 },
    ])
    expect(rejects).toEqual([])
  })

  test("takes a reading's own time before the payload's, and the time of receipt when there is neither", () => {
    const { readings } = decoded(
      {
        ts: receivedAt - 1000,
        readings: [
          { port: 1, value: 1 },
          { port: 1, value: 2, ts: receivedAt - 500 },
        ],
      },
      logger,
    )
    expect(readings.map(({ ts }) => receivedAt - ts)).toEqual([1000, 500])
    expect(decoded({ readings: [{ port: 1, value: 1 }] }, logger).readings[0]?.ts).toBe(receivedAt)
  })

  test.each([[{ readings: { port: 1, value: 3 } }], [[{ port: 1, value: 3 }]], [{ port: 1, value: 3 }]])(
    'may be one alone, or the list alone, where an expression gives it: %j',
    (value) => {
      const transformed = aRecord(aClass({ decode: { shape: 'jsonata', expression: 'v' } }))
      expect(valuesOf(decoded(value, transformed))).toEqual([[1, 3]])
      expect(reasonsOf(decoded(value, logger))).toEqual(['wrong-shape'])
    },
  )

  test('goes on without its bad readings, which are kept once for each kind of fault', () => {
    const result = decoded(
      {
        readings: [
          { port: 1, value: 1 },
          { port: 99, value: 1 },
          { port: 98, value: 1 },
          { port: 1, value: 'high' },
          { port: 2, value: 5, ts: receivedAt + 86_400_000 },
          { port: 2, value: 2 },
        ],
      },
      logger,
    )

    expect(valuesOf(result)).toEqual([
      [1, 1],
      [2, 2],
    ])
    expect(reasonsOf(result)).toEqual(['unknown-port', 'wrong-shape', 'ts-in-future'])
    expect(result.rejects.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(result.rejects[0]?.detail).toBe(
      'readings[1].port: 99 is not a port of this device; readings[2].port: 98 is not a port of this device',
    )
    expect(result.rejects[2]?.detail).toMatch(/^readings\[4\]\.ts: 86400000 ms ahead/)
  })

  test('names at most twenty of a thousand bad readings', () => {
    const readings = Array.from({ length: 1000 }, () => ({ port: 99, value: 1 }))
    const [reject] = decoded({ readings }, logger).rejects
    expect(reject?.detail.split('; ')).toHaveLength(20)
  })

  test.each([
    ['null', null],
    ['a number', 5],
    ['a list', [{ port: 1, value: 1 }]],
    ['an object without readings', { ts: 1 }],
    ['readings that are no list', { readings: { port: 1 } }],
    [
      'more than 10,000 readings',
      { readings: Array.from({ length: 10_001 }, () => ({ port: 1, value: 1 })) },
    ],
  ])('is refused as a whole when it is %s', (_, value) => {
    const result = decoded(value, logger)
    expect(reasonsOf(result)).toEqual(['wrong-shape'])
    expect(result.readings).toEqual([])
  })

  test.each([null, 7, 'text', [], {}, { port: '1', value: 1 }, { port: 1 }, { port: 1, value: true }])(
    'a reading that is %j is a fault, and not thrown over',
    (bad) => {
      const result = decoded({ readings: [bad, { port: 1, value: 1 }] }, logger)
      expect(reasonsOf(result)).toEqual(['wrong-shape'])
      expect(valuesOf(result)).toEqual([[1, 1]])
    },
  )

  test('a bad common time loses only those readings that have none of their own', () => {
    const result = decoded(
      {
        ts: 'soon',
        readings: [
          { port: 1, value: 1 },
          { port: 1, value: 2, ts: receivedAt },
        ],
      },
      logger,
    )
    expect(valuesOf(result)).toEqual([[1, 2]])
    expect(reasonsOf(result)).toEqual(['ts-invalid'])
  })

  test('a number that calibration would take beyond a double is refused with its payload', () => {
    const scaled = {
      ...logger,
      ports: [undefined, { port: 1, name: 'Port 1', unit: '', scaling: 10, offset: 0 }],
    }
    const result = decoded({ readings: [{ port: 1, value: 1.7e308 }] }, scaled, telemetryTopic)
    expect(result.readings).toEqual([])
    expect(result.rejects).toMatchObject([{ reason: 'not-finite', topic: telemetryTopic }])
  })

  test('numbers beyond what a double holds are not finite', () => {
    const { rejects } = decoded(JSON.parse('{"readings":[{"port":1,"value":1e999}]}'), logger)
    expect(rejects).toMatchObject([
      { reason: 'not-finite', detail: 'readings[0].value: is not finite, or not once calibrated' },
    ])
  })

  test('names of a prototype are data', () => {
    const value: unknown = JSON.parse(
      '{"__proto__":{"readings":[{"port":1,"value":1}]},"readings":[{"__proto__":{"port":1,"value":1}}]}',
    )
    const result = decoded(value, logger)
    expect(result.readings).toEqual([])
    expect(reasonsOf(result)).toEqual(['wrong-shape'])
    expect(Object.prototype).not.toHaveProperty('readings')
  })
})

describe('other topics of a device', () => {
  const org = 'org/acme/device/d1'

  test('a lifecycle message reports whether it is online', () => {
    expect(decoded({ status: 'online' }, logger, `${org}/lifecycle`).reports).toEqual([
      { orgId: 'acme', deviceId: 'd1', receivedAt, online: true },
    ])
    expect(decoded({ status: 'offline' }, logger, '$connection').reports[0]?.online).toBe(false)
    expect(reasonsOf(decoded({ status: 'tired' }, logger, `${org}/lifecycle`))).toEqual(['wrong-shape'])
  })

  test('events and answers to commands are handed on as they are', () => {
    const event = { orgId: 'acme', deviceId: 'd1', receivedAt, offset: '7' }
    expect(decoded({ event: 'DOOR' }, logger, `${org}/events`).events).toEqual([
      { ...event, body: { event: 'DOOR' } },
    ])
    expect(decoded({ commandId: 'c' }, logger, `${org}/cmdres`).responses).toEqual([
      { ...event, body: { commandId: 'c' } },
    ])
    expect(reasonsOf(decoded(['x'], logger, `${org}/events`))).toEqual(['wrong-shape'])
  })

  test("a topic that is none of the device's is refused", () => {
    expect(decoded({}, logger, 'org/acme/device/d2/telemetry').rejects).toMatchObject([
      { reason: 'foreign-topic', topic: 'org/acme/device/d2/telemetry' },
    ])
  })
})

describe('bytes', () => {
  test('are JSON, or say what they are not', () => {
    expect(parsePayload('{"a":1}')).toEqual({ kind: 'value', value: { a: 1 } })
    expect(parsePayload(undefined)).toMatchObject({ kind: 'fault', reason: 'not-utf8' })
    expect(parsePayload('{')).toMatchObject({ kind: 'fault', reason: 'not-json' })
    expect(parsePayload('')).toMatchObject({ kind: 'fault', reason: 'not-json' })
  })
})

describe('whatever JSON arrives', () => {
  const flat = aRecord(
    aClass({
      decode: {
        shape: 'fields',
        fields: [
          { path: 'a', port: 1 },
          { path: 'b.c', port: 2 },
        ],
      },
      reported: ['a', 'b.c'],
    }),
  )

  test('nothing throws, and every fault has one dead letter for its reason', () => {
    const payload = fc.oneof(
      fc.jsonValue(),
      fc.record({ ts: fc.jsonValue(), readings: fc.array(fc.jsonValue()) }),
      fc.record({ a: fc.jsonValue(), b: fc.record({ c: fc.jsonValue() }), ts: fc.jsonValue() }),
    )
    const topic = fc.constantFrom(...logger.topics.keys(), 'elsewhere')
    fc.assert(
      fc.property(payload, topic, fc.constantFrom(logger, flat), (value, on, record) => {
        const result = decoded(value, record, on)
        const reasons = reasonsOf(result)
        expect(new Set(reasons).size).toBe(reasons.length)
        for (const { rawValue, ts } of result.readings) {
          expect(Number.isFinite(rawValue) && Number.isInteger(ts)).toBe(true)
        }
      }),
    )
  })

  test('good readings come out in order, whatever stands between them', () => {
    const good = fc.record({
      port: fc.constantFrom(1, 2),
      // Small enough to stay finite once calibrated.
      value: fc.double({ noNaN: true, min: -1e300, max: 1e300 }),
    })
    const bad = fc.oneof(
      fc.constant(null),
      fc.record({ port: fc.integer({ min: 3, max: 5000 }), value: fc.integer() }),
      fc.record({ port: fc.constant(1), value: fc.string() }),
    )
    const items = fc.array(
      fc.oneof(
        good.map((item) => ({ item, isGood: true })),
        bad.map((item) => ({ item, isGood: false })),
      ),
    )
    fc.assert(
      fc.property(items, (list) => {
        const result = decoded({ readings: list.map(({ item }) => item) }, logger, telemetryTopic)
        const expected = list.filter(({ isGood }) => isGood).map(({ item }) => item)
        expect(result.readings.map(({ port, rawValue }) => ({ port, value: rawValue }))).toEqual(expected)
        expect(result.rejects.length > 0).toBe(expected.length < list.length)
      }),
    )
  })
})
