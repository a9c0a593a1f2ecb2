import { describe, expect, test } from 'vitest'
import { faultOfClass } from '../../devices/class-faults.ts'
import { writtenClassSchema } from '../../devices/device-class.ts'
import { draftClass } from './draft-class.ts'

const draft = (payload: string, topic = 'wetter/stadel-7/messung'): ReturnType<typeof written> => {
  const made = draftClass({
    key: 'wetter',
    name: 'Wetter',
    topic,
    deviceLevel: 1,
    payload,
    zone: 'Europe/Zurich',
  })
  return written(made)
}
function written(made: object) {
  const deviceClass = writtenClassSchema.parse(made)
  expect(faultOfClass(deviceClass)).toBeUndefined()
  return deviceClass
}

describe('a class from one message', () => {
  test('has a port for each number, and the rest of it as reported', () => {
    const { ports, reported, telemetry } = draft(
      '{"ts":1795733302,"temp":21.5,"air":{"humidity":40,"co2 level":800},"fw":"1.4.2","raining":false,"n":null}',
    )
    expect(telemetry).toMatchObject([
      {
        topic: 'wetter/{device}/messung',
        decode: {
          shape: 'fields',
          time: { path: 'ts', format: 'auto' },
          fields: [
            { path: 'temp', port: 1 },
            { path: 'air.humidity', port: 2 },
            { path: 'air."co2 level"', port: 3 },
            { path: 'raining', port: 4 },
          ],
        },
      },
    ])
    expect(ports.map(({ name }) => name)).toEqual(['temp', 'air humidity', 'air co2 level', 'raining'])
    expect(reported).toEqual(['fw'])
  })

  test('reads text as its device writes it', () => {
    const { ports, telemetry } = draft('{"Zeit":"2026-11-29 11:00:00","t":"21,5 °C","h":"40","pump":"ON"}')
    expect(telemetry[0]?.decode).toMatchObject({
      time: { path: 'Zeit', format: 'auto', zone: 'Europe/Zurich' },
      values: { numericText: true, decimalComma: true, unitSuffix: true, words: { on: 1, off: 0 } },
    })
    expect(ports).toMatchObject([{ name: 't', unit: '°C' }, { name: 'h' }, { name: 'pump' }])
  })

  test.each([
    [
      '23.5',
      { payload: { kind: 'text' }, values: { numericText: true }, fields: [{ path: 'value', port: 1 }] },
    ],
    ['open', { payload: { kind: 'text' }, values: { words: { open: 1, closed: 0 } } }],
    [
      '[{"v":1},{"v":2}]',
      {
        fields: [
          { path: '0.v', port: 1 },
          { path: '1.v', port: 2 },
        ],
      },
    ],
    ['{"say":"hello"}', { shape: 'none' }],
    ['', { shape: 'none' }],
  ])('takes %s as it is', (payload, decode) => {
    expect(draft(payload).telemetry[0]?.decode).toMatchObject(decode)
  })

  test('is bounded, and fits together whatever the message', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`v${n}`, n]))
    expect(draft(JSON.stringify(many)).ports).toHaveLength(64)
    expect(
      draft('{"__proto__":1,"a\\"b":2,"constructor":{"x":1},"ok":3}').ports.map(({ name }) => name),
    ).toEqual(['ok'])
  })
})
