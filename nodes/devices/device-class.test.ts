import { describe, expect, test } from 'vitest'
import { loadShippedClasses } from '../../settings/shipped-classes.ts'
import { faultOfClass } from './class-faults.ts'
import { aClass } from './device.fixture.ts'
import { canonicalTopics, type DeviceClassInput, deviceClassSchema, topicFor } from './device-class.ts'

const withTelemetry = (telemetry: string): Partial<DeviceClassInput> => ({ topics: { telemetry } })
const isClass = (changes: object): boolean => deviceClassSchema.safeParse({ ...aClass(), ...changes }).success

describe('topic templates', () => {
  test.each([
    'org/{org}/device/{device}/telemetry',
    'device/{device}/data',
    '{device}',
    '{device}/{org}',
    'a b/{device}/ü',
  ])('%s is one', (template) => {
    expect(isClass(withTelemetry(template))).toBe(true)
  })

  test.each([
    ['no device', 'org/{org}/telemetry'],
    ['the device as part of a level', 'device-{device}/data'],
    ['a wildcard', 'device/{device}/+'],
    ['a wildcard at the end', 'device/{device}/#'],
    ['a name of the broker', '$SYS/{device}'],
    ['something else in braces', '{device}/{site}'],
    ['a brace', '{device}/{'],
    ['a zero character', '{device}/\0'],
    ['nothing', ''],
    ['more than 256 characters', `{device}/${'x'.repeat(250)}`],
  ])('none may have %s', (_, template) => {
    expect(isClass(withTelemetry(template))).toBe(false)
  })

  test('are filled in level by level', () => {
    expect(topicFor(canonicalTopics.command, 'acme', 'd1')).toBe('org/acme/device/d1/command')
    expect(topicFor('{device}/{org}/{device}', 'acme', '{org}')).toBe('{org}/acme/{org}')
  })
})

describe('paths into a payload', () => {
  const withPath = (at: string): object => ({ decode: { shape: 'fields', fields: [{ path: at, port: 1 }] } })

  test.each(['temperature', 'env.temperature', 'a.0.b', '$x', 'fan-speed'])('%s is one', (at) => {
    expect(isClass(withPath(at))).toBe(true)
  })

  test.each(['', '.a', 'a.', 'a..b', 'a b', '__proto__', 'a.__proto__.b', 'constructor', 'x.prototype'])(
    '%j is none',
    (at) => {
      expect(isClass(withPath(at))).toBe(false)
      expect(isClass({ reported: [at] })).toBe(false)
      expect(isClass({ commands: [{ name: 'go', movesField: at }] })).toBe(false)
    },
  )
})

describe('a device class', () => {
  test('needs a key, a name, a telemetry topic and how to decode; the rest has defaults', () => {
    const { key, name, topics, decode } = aClass()
    expect(deviceClassSchema.parse({ key, name, topics, decode })).toMatchObject({
      ports: [],
      portsFrom: 'class',
      commands: [],
      reportingIntervalMs: 120_000,
      offlineAfterMs: 300_000,
      lateAfterMs: 600_000,
      version: 1,
    })
  })

  test.each([
    ['a property that does not exist', { color: 'red' }],
    ['a key with capitals', { key: 'Logger' }],
    ['a port number above 1023', { ports: [{ port: 1024, name: 'x' }] }],
    ['a port number below 0', { ports: [{ port: -1, name: 'x' }] }],
    ['half a port', { ports: [{ port: 1.5, name: 'x' }] }],
    ['a scaling that is no number', { ports: [{ port: 1, name: 'x', scaling: '2' }] }],
    ['an unknown shape', { decode: { shape: 'xml' } }],
    ['no fields', { decode: { shape: 'fields', fields: [] } }],
    ['a command that waits for less than 100 ms', { commands: [{ name: 'go', ackTimeoutMs: 99 }] }],
    ['a command tried more than ten times', { commands: [{ name: 'go', attempts: 11 }] }],
    ['an offline time below a second', { offlineAfterMs: 999 }],
    ['a negative interval', { reportingIntervalMs: -1 }],
  ])('with %s is refused', (_, changes) => {
    expect(isClass(changes)).toBe(false)
  })
})

describe('parts of a class that do not fit together', () => {
  test('a whole class has no fault', () => {
    expect(faultOfClass(aClass())).toBeUndefined()
  })

  test.each<[string, Partial<DeviceClassInput>, string]>([
    [
      'a port twice',
      {
        ports: [
          { port: 1, name: 'a' },
          { port: 1, name: 'b' },
        ],
      },
      'body.ports',
    ],
    ['a topic twice', { topics: { telemetry: '{device}/x', events: '{device}/x' } }, 'body.topics'],
    [
      'a field of a port that it lacks',
      {
        decode: {
          shape: 'fields',
          fields: [
            { path: 'a', port: 1 },
            { path: 'b', port: 7 },
          ],
        },
      },
      'body.decode.fields.1.port',
    ],
    ['a broken expression', { decode: { shape: 'jsonata', expression: '{' } }, 'body.decode.expression'],
  ])('%s', (_, changes, at) => {
    expect(faultOfClass(aClass(changes))?.path).toBe(at)
  })

  test('an expression that can be read is none, and the message names what is wrong with one that cannot', () => {
    const fault = (expression: string): string | undefined =>
      faultOfClass(aClass({ decode: { shape: 'jsonata', expression } }))?.message
    expect(fault('{"readings": [{"port": 1, "value": t}]}')).toBeUndefined()
    expect(fault('$foo(')).toMatch(/^not a JSONata expression: .+/)
    expect(fault('$match(v, /^(a+)+$/)')).toBeUndefined()
    expect(fault('$match(v, /a(?=b)/)')).toMatch(/the pattern \/a\(\?=b\)\/ is not supported: .+/)
  })
})

describe('shipped classes', () => {
  test('load, with the topics and names that devices in the field speak', async () => {
    const classes = await loadShippedClasses()
    expect(classes.map(({ key, topics }) => [key, topics.telemetry])).toEqual([
      ['air-purifier', 'device/{device}/data'],
      ['port-monitor', 'org/{org}/device/{device}/telemetry'],
      ['sleep-pod', 'cochilo/cabine/{device}/telemetry'],
    ])
    const [purifier, , pod] = classes
    expect(purifier?.commands.map(({ name }) => name).sort()).toEqual(['setFanSpeed', 'turnOff', 'turnOn'])
    expect(purifier?.reportingIntervalMs).toBe(120_000)
    expect(pod?.events.map(({ name }) => name).sort()).toEqual([
      'CLOSE_DOOR',
      'CODE_ENTERED',
      'OPEN_DOOR',
      'SESSION_END',
      'SESSION_START',
      'WRONG_CODE',
    ])
  })
})
