import { describe, expect, test } from 'vitest'
import { commandMessage } from '../devices/command-payload.ts'
import { faultOfClass } from '../devices/class-faults.ts'
import type { ClassCommand } from '../devices/class-command.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import { type DeviceClassInput, deviceClassSchema } from '../devices/device-class.ts'
import type { DeviceRecord } from '../devices/device.ts'
import type { Command, CommandValue } from './command.ts'
import { answerTo, type Said } from './foreign-answer.ts'

type Written = NonNullable<DeviceClassInput['commands']>[number]

const recordWith = (command: Written): DeviceRecord =>
  aRecord(
    aClass({
      telemetry: [{ topic: 'tele/{device}', decode: { shape: 'none' } }],
      reported: ['state', 'level'],
      commands: [command],
    }),
    aDevice({ address: 'Küche' }),
  )

const commandOf = (action: string, value: CommandValue = null): Command => ({
  id: 'c1',
  deviceId: 'd1',
  action,
  value,
  field: null,
  source: 'api',
  requestedBy: null,
  status: 'sent',
  whenOffline: 'retry',
  ackTimeoutMs: 1000,
  maxAttempts: 3,
  backoffMs: 0,
  attempts: [
    { atMs: 500, outcome: 'no-answer' },
    { atMs: 1000, outcome: 'waiting' },
  ],
  createdAtMs: 0,
  order: 0,
  sentAtMs: 500,
  acknowledgedAtMs: null,
  endedAtMs: null,
  expiresAtMs: null,
  errorMessage: null,
  deviceResponse: null,
  lateAcknowledgments: [],
  askedByNode: null,
  bulkId: null,
  wentAtOnceTo: null,
})

const said = (body: Said['body'], topic?: string, receivedAtMs = 1000): Said => ({
  topic,
  body,
  receivedAtMs,
})
const classCommandOf = ({ deviceClass }: DeviceRecord): ClassCommand => {
  const [command] = deviceClass.commands
  if (command === undefined) throw new Error('no command')
  return command
}

describe('what is published', () => {
  const send = (written: Omit<Written, 'name'>, value: CommandValue = null): object | undefined => {
    const record = recordWith({ name: 'set', ...written })
    return commandMessage(record, classCommandOf(record), { id: 'c1', value }, 0)
  }
  const topic = 'cmnd/{device}/POWER'

  test.each<[string, Omit<Written, 'name'>, CommandValue, string]>([
    ['a plain text', { send: { topic, payload: 'ON' } }, null, 'ON'],
    ['a value in a text', { send: { topic, payload: 'level {{ value }}%' } }, 40, 'level 40%'],
    ['a value by another name', { send: { topic, payload: '{{value}}', words: { true: 'ON' } } }, true, 'ON'],
    [
      'a value of its type',
      { send: { topic, payload: { on: '{{value}}', n: 1 } } },
      true,
      '{"on":true,"n":1}',
    ],
    [
      'texts within JSON, escaped',
      { send: { topic, payload: [{ src: 'x/{{device}}', say: '<{{value}}>', '{{action}}': null }] } },
      'a"b',
      '[{"src":"x/Küche","say":"<a\\"b>","set":null}]',
    ],
    [
      'no value',
      { send: { topic, payload: { v: '{{value}}', t: '[{{value}}]' } } },
      null,
      '{"v":null,"t":"[]"}',
    ],
    [
      'what a value brings along is not looked at again',
      { send: { topic, payload: '{{value}}' } },
      '{{commandId}} $&',
      '{{commandId}} $&',
    ],
  ])('is %s', (_, written, value, payload) => {
    expect(send(written, value)).toEqual({ topic: 'cmnd/Küche/POWER', payload })
  })

  test('is our own form on the class’s topic where the class says nothing, by the address', () => {
    const record = aRecord(
      aClass({ topics: { telemetry: 't/{device}', command: 'c/{device}' }, commands: [{ name: 'set' }] }),
      aDevice({ address: 'a1' }),
    )
    expect(commandMessage(record, classCommandOf(record), { id: 'c1', value: 3 }, 0)).toEqual({
      topic: 'c/a1',
      payload: '{"commandId":"c1","action":"set","value":3,"ts":"1970-01-01T00:00:00.000Z"}',
    })
  })
})

describe('what a device reports', () => {
  const send = { topic: 'set/{device}', payload: '{{value}}' }
  const record = recordWith({
    name: 'set',
    movesField: 'level',
    send,
    acknowledged: { by: 'reported' },
  })
  const on = recordWith({
    name: 'on',
    send,
    acknowledged: { by: 'reported', field: 'state', equals: 'ON' },
  })

  test.each<[string, DeviceRecord, Command, Said, string | undefined]>([
    ['has the value', record, commandOf('set', 40), said({ level: 40 }), 'ok'],
    ['has the value as text', record, commandOf('set', 40), said({ level: '40.0' }), 'ok'],
    ['has another value', record, commandOf('set', 40), said({ level: 41 }), undefined],
    ['says nothing of the field', record, commandOf('set', 40), said({ state: 'ON' }), undefined],
    ['is as it was told, in another case', on, commandOf('on'), said({ state: 'on' }), 'ok'],
    [
      'was said before it was sent',
      record,
      commandOf('set', 40),
      said({ level: 40 }, undefined, 949),
      undefined,
    ],
    [
      'has the time of what came a moment before it',
      record,
      commandOf('set', 40),
      said({ level: 40 }, undefined, 990),
      'ok',
    ],
    ['came on a topic', record, commandOf('set', 40), said({ level: 40 }, 'tele/Küche'), undefined],
    [
      'is about a command that the class has no more',
      record,
      commandOf('gone'),
      said({ level: 1 }),
      undefined,
    ],
    ['is empty, and so is nothing', record, commandOf('set', 0), said({ level: '' }), undefined],
  ])('%s', (_, of, command, what, status) => {
    expect(answerTo(what, command, of)?.status).toBe(status)
  })
})

describe('what a device answers on a topic', () => {
  const send = { topic: 'cmnd/{device}', payload: '{{value}}' }
  const of = (
    acknowledged: Omit<Extract<NonNullable<Written['acknowledged']>, { by: 'topic' }>, 'by' | 'topic'>,
  ): DeviceRecord =>
    recordWith({ name: 'set', send, acknowledged: { by: 'topic', topic: 'stat/{device}', ...acknowledged } })
  const error = { path: 'error' }
  const unknown = { path: 'Command', words: ['Unknown'] }

  test.each<[string, DeviceRecord, Said['body'], string | undefined]>([
    ['anything at all', of({}), { any: 1 }, 'ok'],
    ['in plain words', of({ equals: 'OK' }), { value: 'ok ' }, 'ok'],
    ['in other words', of({ equals: 'OK' }), { value: 'busy' }, undefined],
    ['with the value at its path', of({ path: 'a.b', equals: '{{value}}' }), { a: { b: 3 } }, 'ok'],
    ['with another value there', of({ path: 'a.b', equals: '{{value}}' }), { a: { b: 4 } }, undefined],
    ['with something at the path', of({ path: 'POWER' }), { POWER: 'ON' }, 'ok'],
    ['with nothing at the path', of({ path: 'POWER' }), { Dimmer: 3 }, undefined],
    ['naming the command', of({ correlation: 'id' }), { id: 'c1' }, 'ok'],
    ['naming another', of({ correlation: 'id' }), { id: 'c2' }, undefined],
    ['naming none', of({ correlation: 'id' }), {}, undefined],
    ['with an error', of({ correlation: 'id', error }), { id: 'c1', error: { code: 404 } }, 'error'],
    ['with an error that is none', of({ correlation: 'id', error }), { id: 'c1', error: null }, 'ok'],
    ['with a word for no', of({ path: 'POWER', error: unknown }), { Command: 'Unknown' }, 'error'],
    ['with another word', of({ path: 'POWER', error: unknown }), { Command: 'Other' }, undefined],
    ['of a prototype', of({ path: 'constructor-x' }), {}, undefined],
  ])('%s', (_, record, body, status) => {
    expect(answerTo(said(body, 'stat/Küche'), commandOf('set', 3), record)?.status).toBe(status)
    expect(answerTo(said(body, 'stat/other'), commandOf('set', 3), record)).toBeUndefined()
    expect(answerTo(said(body), commandOf('set', 3), record)).toBeUndefined()
  })

  test('is kept, and what it says of an error is told', () => {
    const record = of({ correlation: 'id', error })
    expect(
      answerTo(said({ id: 'c1', error: { code: 404 } }, 'stat/Küche'), commandOf('set'), record),
    ).toEqual({
      commandId: 'c1',
      status: 'error',
      error: '{"code":404}',
      response: { id: 'c1', error: { code: 404 } },
    })
  })
})

describe('a class whose commands do not fit together', () => {
  const base = { key: 'x', name: 'X', telemetry: [{ topic: 't/{device}', decode: { shape: 'none' } }] }
  const send = { topic: 'cmnd/{device}', payload: 'ON' }

  test.each<[string, object, string]>([
    ['a command twice', { commands: [{ name: 'a' }, { name: 'a' }] }, 'body.commands'],
    ['no topic', { commands: [{ name: 'a', send: { payload: 'x' } }] }, 'body.commands.0.send.topic'],
    ['no acknowledgment', { commands: [{ name: 'a', send }] }, 'body.commands.0.acknowledged'],
    [
      'a field that is not reported',
      { commands: [{ name: 'a', send, acknowledged: { by: 'reported', field: 'state' } }] },
      'body.commands.0.acknowledged.field',
    ],
    [
      'no field',
      { commands: [{ name: 'a', send, acknowledged: { by: 'reported' } }] },
      'body.commands.0.acknowledged.field',
    ],
    [
      'an answer that would be a command',
      { commands: [{ name: 'a', send, acknowledged: { by: 'topic', topic: 'cmnd/{device}' } }] },
      'body.topics',
    ],
    [
      'telemetry that would be a command',
      {
        commands: [
          {
            name: 'a',
            send: { ...send, topic: 't/{device}' },
            acknowledged: { by: 'topic', topic: 'r/{device}' },
          },
        ],
      },
      'body.topics',
    ],
  ])('has %s', (_, more, path) => {
    expect(faultOfClass(deviceClassSchema.parse({ ...base, ...more }))).toMatchObject({ path })
  })

  test.each([
    { payload: '{{secret}}', topic: 'c/{device}' },
    { payload: { a: ['{{password}}'] }, topic: 'c/{device}' },
    { payload: 'x'.repeat(5000), topic: 'c/{device}' },
    { payload: 'x', topic: 'c/{device}/{any}' },
    { payload: 'x', topic: 'c/all' },
  ])('is none with %j', (wrong) => {
    expect(deviceClassSchema.safeParse({ ...base, commands: [{ name: 'a', send: wrong }] }).success).toBe(
      false,
    )
  })

  test('may have answers where telemetry comes in', () => {
    const record = aRecord(
      aClass({
        telemetry: [{ topic: 'esp/{device}/{sensor}', decode: { shape: 'none' } }],
        commands: [{ name: 'a', send, acknowledged: { by: 'topic', topic: 'esp/{device}/relay' } }],
      }),
    )
    expect([...record.answerTopics]).toEqual(['esp/d1/relay'])
    expect(record.topics.has('esp/d1/relay')).toBe(false)
    expect(record.commandTopics).toEqual(['cmnd/d1'])
  })
})
