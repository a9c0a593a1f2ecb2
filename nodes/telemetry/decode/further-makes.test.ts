import { describe, expect, test } from 'vitest'
import { aDevice, aRecord } from '../../devices/device.fixture.ts'
import type { DeviceRecord } from '../../devices/device.ts'
import { at, nothing, recordOf } from './foreign-class.fixture.ts'
import { received } from './uplink.fixture.ts'

const noon = '2025-09-06T12:00:00.000Z'
const noonSeconds = Date.parse(noon) / 1000

describe('The Things Stack v3', () => {
  const sensor = recordOf(
    [
      {
        topic: 'v3/{application}/devices/{device}/up',
        decode: {
          shape: 'fields',
          time: { path: 'uplink_message.rx_metadata.0.time', format: 'iso' },
          fields: [
            { path: 'uplink_message.decoded_payload.temperature', port: 1 },
            { path: 'uplink_message.rx_metadata.0.rssi', port: 2 },
          ],
        },
      },
    ],
    { reported: ['end_device_ids.dev_eui', 'uplink_message.settings.data_rate.lora.spreading_factor'] },
  )
  const uplink = {
    end_device_ids: { device_id: 'd1', dev_eui: '70B3D57ED005A1B2' },
    uplink_message: {
      f_port: 1,
      frm_payload: 'AQI=',
      decoded_payload: { temperature: 21.5 },
      rx_metadata: [
        { gateway_ids: { gateway_id: 'roof' }, time: '2025-09-06T12:00:00.123456789Z', rssi: -92 },
      ],
      settings: { data_rate: { lora: { spreading_factor: 7 } } },
    },
  }

  test('an uplink, deep as it is, with the time at the gateway', () => {
    const time = '2025-09-06T12:00:00.123Z'
    expect(received(JSON.stringify(uplink), sensor, 'v3/my-app@ttn/devices/d1/up')).toEqual({
      ...at([1, 21.5, time], [2, -92, time]),
      reported: {
        'end_device_ids.dev_eui': '70B3D57ED005A1B2',
        'uplink_message.settings.data_rate.lora.spreading_factor': 7,
      },
    })
  })
})

describe('Ruuvi Gateway', () => {
  const raw = { path: 'data', encoding: 'hex' } as const
  const tag = recordOf([
    {
      topic: 'ruuvi/{gateway}/{device}',
      decode: {
        shape: 'fields',
        payload: {
          kind: 'json',
          inner: {
            ...raw,
            layout: [
              { name: 'temperature', offset: 8, type: 'i16', scale: 0.005 },
              { name: 'humidity', offset: 10, type: 'u16', scale: 0.0025 },
              { name: 'millivolts', offset: 20, type: 'u16', bits: { from: 5, count: 11 }, add: 1600 },
            ],
          },
        },
        time: { path: 'ts', format: 'auto' },
        fields: [
          { path: 'bytes.temperature', port: 1 },
          { path: 'bytes.humidity', port: 2, values: { noValue: [163.8375] } },
          { path: 'bytes.millivolts', port: 3 },
          { path: 'rssi', port: 4 },
        ],
      },
    },
  ])
  const advertisement = (data: string): string =>
    JSON.stringify({
      gw_mac: 'C8:25:2D:8E:9C:2C',
      rssi: -62,
      aoa: [],
      gwts: `${noonSeconds}`,
      ts: `${noonSeconds}`,
      data,
    })

  test('bytes in hex within JSON, seconds as text, and a sensor that it does not have', () => {
    const data = '0201061BFF9904050F18FFFFFFFFFFF0FFEC0414AA96A8DE8EFBDAB1F34858'
    expect(received(advertisement(data), tag, 'ruuvi/C8:25:2D:8E:9C:2C/d1')).toEqual(
      at([1, 19.32, noon], [3, 2964, noon], [4, -62, noon]),
    )
  })

  test('an advertisement of another kind, too short, keeps its neighbours', () => {
    expect(received(advertisement('02010612'), tag, 'ruuvi/AA/d1').readings).toEqual([[4, -62, noon]])
  })
})

describe('Victron Venus OS', () => {
  const charger = recordOf([
    {
      topic: 'N/{device}/battery/{instance}/Dc/0/{quantity}',
      decode: {
        shape: 'fields',
        fields: [{ path: 'value', port: { level: 'quantity', ports: { Voltage: 1, Current: 2 } } }],
      },
    },
    {
      topic: 'N/{device}/system/{instance}/Dc/Battery/Soc',
      decode: { shape: 'fields', values: { noValue: [[]] }, fields: [{ path: 'value', port: 3 }] },
    },
  ])

  test('a value on each topic, two of its levels open', () => {
    expect(received('{"value":26.4}', charger, 'N/d1/battery/512/Dc/0/Voltage').readings).toEqual([[1, 26.4]])
    expect(received('{"value":-1.5}', charger, 'N/d1/battery/512/Dc/0/Current').readings).toEqual([[2, -1.5]])
    expect(received('{"value":94}', charger, 'N/d1/system/0/Dc/Battery/Soc').readings).toEqual([[3, 94]])
  })

  test.each(['{"value":null}', '{"value":[]}'])('%s, of what is not connected, is no value', (payload) => {
    expect(received(payload, charger, 'N/d1/system/0/Dc/Battery/Soc')).toEqual(nothing)
  })
})

describe('OpenDTU', () => {
  const inverter = recordOf(
    [
      // Both fit; the first counts.
      {
        topic: 'solar/{device}/status/{what}',
        decode: {
          shape: 'fields',
          payload: { kind: 'number' },
          fields: [{ path: 'value', port: { level: 'what', ports: { producing: 3 } } }],
        },
      },
      {
        topic: 'solar/{device}/{channel}/{quantity}',
        decode: {
          shape: 'fields',
          payload: { kind: 'number' },
          fields: [{ path: 'value', port: { level: 'quantity', ports: { power: 1, temperature: 2 } } }],
        },
      },
    ],
    {
      topics: { lifecycle: 'solar/{device}/status/reachable' },
      lifecycle: { online: ['1'], offline: ['0'] },
      unknownTopics: 'ignore',
    },
  )

  test('plain numbers, its availability among them', () => {
    expect(received('123.4', inverter, 'solar/d1/0/power').readings).toEqual([[1, 123.4]])
    expect(received('1', inverter, 'solar/d1/status/producing')).toEqual(at([3, 1]))
    expect(received('0', inverter, 'solar/d1/status/reachable')).toEqual({ ...nothing, online: [false] })
    expect(received('1757160000', inverter, 'solar/d1/status/last_update').readings).toEqual([])
  })
})

describe('Shelly, second generation', () => {
  const plug = recordOf([
    {
      topic: 'shelly/{device}/events/rpc',
      decode: {
        shape: 'fields',
        time: { path: 'params.ts', format: 'epoch-s' },
        fields: [
          { path: 'params."switch:0".apower', port: 1 },
          { path: 'params."switch:0".aenergy.total', port: 2 },
          { path: 'params."switch:0".output', port: 3 },
        ],
      },
    },
  ])

  test('NotifyStatus has what changed, seconds with a fraction, and keys with a colon', () => {
    const params = { ts: noonSeconds + 0.25, 'switch:0': { id: 0, apower: 8.9, output: true } }
    const notify = JSON.stringify({
      src: 'shellyplus1pm-a8',
      dst: 'shelly/d1/events',
      method: 'NotifyStatus',
      params,
    })
    const time = '2025-09-06T12:00:00.250Z'
    expect(received(notify, plug, 'shelly/d1/events/rpc')).toEqual(at([1, 8.9, time], [3, 1, time]))
  })

  test('NotifyEvent has none of it, and is a dead letter of nobody', () => {
    const notify = JSON.stringify({
      src: 's',
      method: 'NotifyEvent',
      params: { ts: noonSeconds, events: [] },
    })
    expect(received(notify, plug, 'shelly/d1/events/rpc').readings).toEqual([])
  })
})

describe('Teltonika RUT and AWTRIX', () => {
  test('numbers as text, tenths, and seconds as text', () => {
    const router = recordOf([
      {
        topic: 'rut/{device}/data',
        decode: {
          shape: 'fields',
          time: { path: 'timestamp', format: 'epoch-s' },
          values: { numericText: true, unitSuffix: true, noValue: ['N/A'] },
          fields: [
            { path: 'temperature', port: 1 },
            { path: 'rssi', port: 2 },
            { path: 'wan.bytes', port: 3 },
          ],
        },
      },
    ])
    const payload = `{"timestamp":"${noonSeconds}","temperature":"405","rssi":"-67 dBm","wan":{"bytes":"N/A"}}`
    expect(received(payload, router, 'rut/d1/data')).toEqual(at([1, 405, noon], [2, -67, noon]))
  })

  test('a topic that begins with the device, and no time', () => {
    const clock: DeviceRecord = aRecord(
      recordOf(
        [
          {
            topic: '{device}/stats',
            decode: {
              shape: 'fields',
              fields: [
                { path: 'bat', port: 1 },
                { path: 'lux', port: 2 },
              ],
            },
          },
        ],
        { reported: ['version', 'app'] },
      ).deviceClass,
      aDevice({ address: 'awtrix_a1b2c3' }),
    )
    const payload = '{"bat":80,"bat_raw":670,"type":0,"lux":12.5,"app":"Time","version":"0.96","matrix":true}'
    expect(received(payload, clock, 'awtrix_a1b2c3/stats')).toEqual({
      ...at([1, 80], [2, 12.5]),
      reported: { version: '0.96', app: 'Time' },
    })
  })
})

describe('Milesight behind its own gateway', () => {
  const sensor = recordOf([
    {
      topic: 'milesight/{device}/uplink',
      decode: {
        shape: 'fields',
        payload: {
          kind: 'json',
          inner: {
            path: 'data',
            layout: [
              { name: 'battery', offset: 2, type: 'u8' },
              { name: 'temperature', offset: 5, type: 'i16', endian: 'little', scale: 0.1 },
              { name: 'humidity', offset: 9, type: 'u8', scale: 0.5 },
            ],
          },
        },
        fields: [
          { path: 'bytes.battery', port: 1 },
          { path: 'bytes.temperature', port: 2 },
          { path: 'bytes.humidity', port: 3 },
        ],
      },
    },
  ])
  const uplink = (hex: string): string =>
    JSON.stringify({ devEUI: '24e124', fPort: 85, data: Buffer.from(hex, 'hex').toString('base64') })

  test('little-endian bytes in base64; what a short message does not have is no value', () => {
    expect(received(uplink('01755c03673401046865'), sensor, 'milesight/d1/uplink').readings).toEqual([
      [1, 92],
      [2, 30.8],
      [3, 50.5],
    ])
    expect(received(uplink('01755c'), sensor, 'milesight/d1/uplink').readings).toEqual([[1, 92]])
  })
})
