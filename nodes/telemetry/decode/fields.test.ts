import { describe, expect, test } from 'vitest'
import { aClass, aRecord } from '../../devices/device.fixture.ts'
import { reportedFields } from './fields.ts'
import { readerOf } from './path-reader.ts'
import { decoded, receivedAt } from './uplink.fixture.ts'

const climate = aRecord(
  aClass({
    decode: {
      shape: 'fields',
      tsPath: 'meta.at',
      fields: [
        { path: 'temperature', port: 1 },
        { path: 'env.humidity', port: 2 },
        { path: 'lost', port: 9 },
      ],
    },
    reported: ['fan', 'env.mode'],
  }),
)

describe('a flat payload', () => {
  test('its paths are the ports, and what is absent or null was not measured', () => {
    const { readings, rejects } = decoded(
      { meta: { at: '2025-09-06T12:00:00Z' }, temperature: 21.5, env: { humidity: null } },
      climate,
    )
    expect(readings).toMatchObject([{ port: 1, rawValue: 21.5, ts: Date.UTC(2025, 8, 6, 12) }])
    expect(rejects).toEqual([])
  })

  test('booleans count as 0 and 1', () => {
    const { readings } = decoded({ temperature: true, env: { humidity: false } }, climate)
    expect(readings.map(({ rawValue }) => rawValue)).toEqual([1, 0])
  })

  test('a field that is no number does not lose its neighbours', () => {
    const { readings, rejects } = decoded({ temperature: 'warm', env: { humidity: 40 }, lost: 1 }, climate)
    expect(readings).toMatchObject([{ port: 2, rawValue: 40, ts: receivedAt }])
    expect(rejects).toMatchObject([
      { reason: 'wrong-shape', detail: 'temperature: must be a number, not "warm"' },
      { reason: 'unknown-port', detail: 'lost: 9 is not a port of this device' },
    ])
  })

  test('its time counts for all of it', () => {
    const { readings, rejects } = decoded({ meta: { at: 'noon' }, temperature: 1 }, climate)
    expect(readings).toEqual([])
    expect(rejects).toMatchObject([{ reason: 'ts-invalid' }])
  })

  test.each([[[]], ['text'], [null], [{}], [{ other: 1 }]])('%j has nothing of it', (value) => {
    expect(decoded(value, climate).rejects).toMatchObject([{ reason: 'wrong-shape' }])
  })

  test('a number beyond what a double holds is not finite', () => {
    expect(decoded(JSON.parse('{"temperature":-1e999}'), climate).rejects).toMatchObject([
      { reason: 'not-finite', detail: 'temperature: is not finite, or not once calibrated' },
    ])
  })

  test('reported fields are kept beside the readings', () => {
    expect(decoded({ temperature: 1, fan: 3, env: { mode: 'auto' } }, climate).reports).toEqual([
      { orgId: 'acme', deviceId: 'd1', receivedAt, reported: { fan: 3, 'env.mode': 'auto' } },
    ])
  })
})

describe('paths', () => {
  test('lead to own properties only', () => {
    const value: unknown = JSON.parse('{"a":{"b":1},"__proto__":{"c":2}}')
    expect(readerOf('a.b')(value)).toBe(1)
    expect(readerOf('a.b.c')(value)).toBeUndefined()
    expect(readerOf('"a"."b"')(value)).toBe(1)
    expect(readerOf('"x y".0')({ 'x y': [5] })).toBe(5)
    expect(readerOf('toString')(value)).toBeUndefined()
    expect(readerOf('constructor.name')(value)).toBeUndefined()
    expect(readerOf('length')('text')).toBeUndefined()
  })

  test('only scalars are reported, and no report is made of nothing', () => {
    expect(reportedFields({ a: { b: 1 }, c: null }, ['a', 'c', 'd'])).toEqual({ c: null })
    expect(reportedFields({ a: [1] }, ['a'])).toBeUndefined()
    expect(reportedFields({ a: 1 }, [])).toBeUndefined()
  })
})
