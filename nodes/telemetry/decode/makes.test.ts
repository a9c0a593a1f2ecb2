import { describe, expect, test } from 'vitest'
import { aDevice, aRecord } from '../../devices/device.fixture.ts'
import { at, nothing, recordOf } from './foreign-class.fixture.ts'
import { received } from './uplink.fixture.ts'

describe('Tasmota', () => {
  const tasmota = recordOf(
    [
      {
        topic: 'tele/{device}/SENSOR',
        decode: {
          shape: 'fields',
          time: { path: 'Time', format: 'iso', zone: 'Europe/Rome' },
          fields: [
            { path: 'ENERGY.Power', port: 1 },
            { path: 'AM2301.Temperature', port: 2 },
          ],
        },
      },
      {
        topic: 'tele/{device}/STATE',
        decode: {
          shape: 'fields',
          time: { path: 'Time', format: 'iso', zone: 'Europe/Rome' },
          values: { words: { ON: 1, OFF: 0 } },
          fields: [{ path: 'POWER', port: 3 }],
        },
      },
    ],
    {
      topics: { lifecycle: 'tele/{device}/LWT' },
      lifecycle: { online: ['Online'], offline: ['Offline'] },
      reported: ['POWER'],
    },
  )

  test('its local time without a zone is that of the class, and null is no value', () => {
    const payload = '{"Time":"2025-09-06T14:00:00","ENERGY":{"Power":12.3},"AM2301":{"Temperature":null}}'
    expect(received(payload, tasmota, 'tele/d1/SENSOR')).toEqual(at([1, 12.3, '2025-09-06T12:00:00.000Z']))
  })

  test('a device in another zone has its own', () => {
    const inLisbon = aRecord(tasmota.deviceClass, aDevice({ zone: 'Europe/Lisbon' }))
    const payload = '{"Time":"2025-09-06T13:00:00","ENERGY":{"Power":12.3}}'
    expect(received(payload, inLisbon, 'tele/d1/SENSOR').readings).toEqual([
      [1, 12.3, '2025-09-06T12:00:00.000Z'],
    ])
  })

  test('a second topic has values of its own, its words are numbers, and are reported as they came', () => {
    expect(received('{"Time":"2025-09-06T14:00:00","POWER":"ON"}', tasmota, 'tele/d1/STATE')).toEqual({
      ...at([3, 1, '2025-09-06T12:00:00.000Z']),
      reported: { POWER: 'ON' },
    })
  })

  test.each([
    ['Online', true],
    ['Offline', false],
  ])('its last will is the plain word %s', (word, isOnline) => {
    expect(received(word, tasmota, 'tele/d1/LWT')).toEqual({ ...nothing, online: [isOnline] })
  })

  test('another word is told', () => {
    expect(received('Sleeping', tasmota, 'tele/d1/LWT')).toMatchObject({
      online: [],
      reasons: ['wrong-shape'],
    })
  })

  test('what the broker notes of its connection keeps its own words', () => {
    expect(received('{"status":"online"}', tasmota, '$connection').online).toEqual([true])
  })
})

describe('Zigbee2MQTT', () => {
  const plug = recordOf(
    [
      {
        topic: 'zigbee2mqtt/{device}',
        decode: {
          shape: 'fields',
          values: { words: { on: 1, off: 0 } },
          fields: [
            { path: 'temperature', port: 1 },
            { path: 'state', port: 2 },
          ],
        },
      },
    ],
    {
      topics: { lifecycle: 'zigbee2mqtt/{device}/availability' },
      lifecycle: { path: 'state', online: ['online'], offline: ['offline'] },
      reported: ['state'],
    },
  )

  test('words beside numbers', () => {
    expect(received('{"temperature":21.5,"state":"ON"}', plug)).toEqual({
      ...at([1, 21.5], [2, 1]),
      reported: { state: 'ON' },
    })
  })

  test.each(['{"state":"offline"}', 'offline'])('availability as %s', (payload) => {
    expect(received(payload, plug, 'zigbee2mqtt/d1/availability').online).toEqual([false])
  })

  test('what is only reported is no dead letter', () => {
    const lamp = recordOf(
      [{ topic: 'x/{device}', decode: { shape: 'fields', fields: [{ path: 'v', port: 1 }] } }],
      { reported: ['effect'] },
    )
    expect(received('{"effect":"blink"}', lamp)).toEqual({ ...nothing, reported: { effect: 'blink' } })
    expect(received('{"other":1}', lamp).reasons).toEqual(['wrong-shape'])
  })
})

describe('ESPHome', () => {
  const sensors = recordOf([
    {
      topic: 'esp/{device}/sensor/{sensor}/state',
      decode: {
        shape: 'fields',
        payload: { kind: 'text' },
        values: { numericText: true },
        fields: [{ path: 'value', port: { level: 'sensor', ports: { temperature: 1, humidity: 2 } } }],
      },
    },
  ])

  test('a level of the topic names the port of a plain number', () => {
    expect(received('23.5', sensors, 'esp/d1/sensor/temperature/state')).toEqual(at([1, 23.5]))
    expect(received('41', sensors, 'esp/d1/sensor/humidity/state')).toEqual(at([2, 41]))
  })

  test('a level that names none is told, or ignored where the class ignores topics', () => {
    expect(received('41', sensors, 'esp/d1/sensor/toString/state').reasons).toEqual(['wrong-shape'])
    const ignoring = recordOf(sensors.deviceClass.telemetry, { unknownTopics: 'ignore' })
    expect(received('41', ignoring, 'esp/d1/sensor/toString/state')).toEqual(nothing)
    expect(received('41', ignoring, 'esp/d1/sensor/humidity/state')).toEqual(at([2, 41]))
  })
})

test('ChirpStack: open levels, and nine digits of a second', () => {
  const node = recordOf([
    {
      topic: 'application/{app}/device/{device}/event/up',
      decode: {
        shape: 'fields',
        time: { path: 'time', format: 'iso' },
        fields: [{ path: 'object.temperature', port: 1 }],
      },
    },
  ])
  const payload = '{"time":"2025-09-06T12:00:00.123456789+00:00","object":{"temperature":21.5}}'
  expect(received(payload, node, 'application/a-1/device/d1/event/up')).toEqual(
    at([1, 21.5, '2025-09-06T12:00:00.123Z']),
  )
})
