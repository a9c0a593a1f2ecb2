import { describe, expect, test } from 'vitest'
import { loadShippedClasses } from './classes/shipped-classes.ts'
import { faultOfClass } from './class-faults.ts'
import { aClass, type ClassChanges } from './device.fixture.ts'
import { canonicalTopics, deviceClassSchema, writtenClassSchema } from './device-class.ts'
import { topicFor } from './topic-template.ts'

const withTelemetry = (telemetry: string): ClassChanges => ({ topics: { telemetry } })
const ofVersion1 = {
  key: 'logger',
  name: 'Logger',
  topics: canonicalTopics,
  decode: { shape: 'readings' },
}
const isClass = (changes: object): boolean =>
  writtenClassSchema.safeParse({ ...ofVersion1, ...changes }).success

describe('topic templates', () => {
  test.each([
    'org/{org}/device/{device}/telemetry',
    'device/{device}/data',
    '{device}',
    '{device}/{org}',
    'a b/{device}/ü',
    '{device}/{site}',
    'esp/{device}/sensor/{sensor}/state',
  ])('%s is one', (template) => {
    expect(isClass(withTelemetry(template))).toBe(true)
  })

  test.each([
    ['no device', 'org/{org}/telemetry'],
    ['the device as part of a level', 'device-{device}/data'],
    ['a wildcard', 'device/{device}/+'],
    ['a wildcard at the end', 'device/{device}/#'],
    ['a name of the broker', '$SYS/{device}'],
    ['something else in braces', '{device}/{the site}'],
    ['a name twice', '{device}/{site}/{site}'],
    ['a name before all else', '{site}/{device}'],
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

  test.each([
    'temperature',
    'env.temperature',
    'a.0.b',
    '$x',
    'fan-speed',
    'température',
    '"air temperature"',
    'env."air:temp".0',
  ])('%s is one', (at) => {
    expect(isClass(withPath(at))).toBe(true)
  })

  test.each([
    '',
    '.a',
    'a.',
    'a..b',
    'a b',
    '__proto__',
    'a.__proto__.b',
    'a."__proto__"',
    '"',
    '""',
    '"a"b',
    'constructor',
    'x.prototype',
  ])('%j is none', (at) => {
    expect(isClass(withPath(at))).toBe(false)
    expect(isClass({ reported: [at] })).toBe(false)
    expect(isClass({ commands: [{ name: 'go', movesField: at }] })).toBe(false)
  })
})

describe('a device class', () => {
  test('needs a key, a name, a telemetry topic and how to decode; the rest has defaults', () => {
    const { key, name, telemetry } = aClass()
    expect(deviceClassSchema.parse({ key, name, telemetry })).toMatchObject({
      topics: {},
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

describe('a class of version 1', () => {
  test('says the same in version 2: its topic and decode are the first of the telemetry', () => {
    const read = writtenClassSchema.parse({
      ...ofVersion1,
      topics: { telemetry: 'x/{device}', command: 'x/{device}/set' },
      decode: { shape: 'fields', tsPath: 'meta.at', fields: [{ path: 'a', port: 1 }] },
    })
    expect(read).toMatchObject({
      topics: { command: 'x/{device}/set' },
      telemetry: [
        {
          topic: 'x/{device}',
          decode: { time: { path: 'meta.at', format: 'standard' }, payload: { kind: 'json' } },
        },
      ],
    })
    expect(read).not.toHaveProperty('decode')
    expect(read).not.toHaveProperty('topics.telemetry')
  })

  test.each([
    [{ topics: {} }],
    [{ topics: 'x' }],
    [{ decode: null }],
    [{ decode: { shape: 'fields', tsPath: 1 } }],
  ])('%j is no class in either', (changes) => {
    expect(isClass(changes)).toBe(false)
  })
})

describe('parts of a class that do not fit together', () => {
  test('a whole class has no fault', () => {
    expect(faultOfClass(aClass())).toBeUndefined()
  })

  test.each<[string, ClassChanges, string]>([
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
      'body.telemetry.0.decode.fields.1.port',
    ],
    [
      'a port by a level that the topic lacks',
      {
        telemetry: [
          {
            topic: 'esp/{device}/{sensor}',
            decode: {
              shape: 'fields',
              fields: [{ path: 'value', port: { level: 'room', ports: { a: 1 } } }],
            },
          },
        ],
      },
      'body.telemetry.0.decode.fields.0.port.level',
    ],
    [
      'a level that names a port that it lacks',
      {
        telemetry: [
          {
            topic: 'esp/{device}/{sensor}',
            decode: {
              shape: 'fields',
              fields: [{ path: 'value', port: { level: 'sensor', ports: { a: 7 } } }],
            },
          },
        ],
      },
      'body.telemetry.0.decode.fields.0.port',
    ],
    [
      'two topics that only names tell apart',
      {
        telemetry: [
          { topic: 'x/{device}/{a}', decode: { shape: 'readings' } },
          { topic: 'x/{device}/{b}', decode: { shape: 'readings' } },
        ],
      },
      'body.topics',
    ],
    [
      'a command that it would publish itself',
      {
        telemetry: [{ topic: 'x/{device}/{a}', decode: { shape: 'readings' } }],
        topics: { command: 'x/{device}/set' },
      },
      'body.topics',
    ],
    [
      'a broken expression',
      { decode: { shape: 'jsonata', expression: '{' } },
      'body.telemetry.0.decode.expression',
    ],
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
    expect(classes.map(({ key, telemetry }) => [key, telemetry[0]?.topic])).toEqual([
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
