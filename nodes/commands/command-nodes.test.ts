import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type NodeRedUnderTest, openNodeRed } from '../platform/kit/node-red.fixture.ts'
import type { Command } from './command.ts'
import type { CommandRequest, Issued, SaidBy } from './command-service.ts'
import type { EndListener } from './endings.ts'

let issued: (readonly [string, CommandRequest])[] = []
let outcome: Issued | undefined
let answered: unknown[] = []
let heard: unknown[] = []
let end: EndListener = () => undefined
let red: NodeRedUnderTest

const command: Command = {
  id: 'c1',
  deviceId: 'd1',
  action: 'setFanSpeed',
  value: 3,
  field: 'fanSpeed',
  source: 'flow',
  requestedBy: null,
  status: 'pending',
  whenOffline: 'retry',
  ackTimeoutMs: 30_000,
  maxAttempts: 3,
  backoffMs: 0,
  attempts: [],
  createdAtMs: 0,
  order: 0,
  sentAtMs: null,
  acknowledgedAtMs: null,
  endedAtMs: null,
  expiresAtMs: null,
  errorMessage: null,
  deviceResponse: null,
  lateAcknowledgments: [],
  askedByNode: 'asking',
  bulkId: null,
  wentAtOnceTo: null,
}
const commands = {
  issue(orgId: string, request: CommandRequest): Promise<Issued> {
    issued.push([orgId, request])
    return Promise.resolve(outcome ?? { kind: 'issued', command })
  },
  answer(orgId: string, deviceId: string, answer: { readonly commandId: string }) {
    answered.push([orgId, deviceId, answer.commandId])
    return Promise.resolve(answer.commandId === 'c1' ? 'recorded' : 'unknown')
  },
  hear(orgId: string, said: readonly SaidBy[]) {
    heard.push([orgId, said.map(({ body, deviceId, topic }) => ({ body, deviceId, topic }))])
    return Promise.resolve()
  },
  onEnd(listener: EndListener) {
    end = listener
    return () => undefined
  },
}
const directory = {
  lookup: (id: string) =>
    id === 'd1'
      ? {
          orgId: 'acme',
          deviceClass: {
            topics: { cmdres: 'ack/{device}', command: 'do/{device}' },
            commands: [{ name: 'setFanSpeed', value: { type: 'integer', min: 0, max: 5 } }],
          },
        }
      : undefined,
}

beforeAll(async () => {
  red = await openNodeRed({
    metrics: { registerNode: () => () => undefined },
    commands,
    devices: { directory },
  })
  await red.deploy(
    {
      id: 'asking',
      type: 'command-with-retry',
      action: 'turnOn',
      attempts: 2,
      wires: [['acknowledged'], ['failed'], ['timed-out'], ['gone'], ['answer']],
    },
    ...['acknowledged', 'failed', 'timed-out', 'gone', 'answer', 'refused', 'rejected', 'caught'].map(
      (id) => ({
        id,
        type: 'sink',
      }),
    ),
    { id: 'check', type: 'check-command', wires: [['asking'], ['refused']] },
    { id: 'answers', type: 'command-answers', wires: [['rejected']] },
    { id: 'reports', type: 'command-reports' },
    { id: 'catching', type: 'catch', scope: ['asking'], wires: [['caught']] },
  )
}, 30_000)
afterAll(() => red[Symbol.asyncDispose]())
beforeEach(() => {
  issued = []
  outcome = undefined
  answered = []
  heard = []
})

test('a flow asks in the name of the device’s organization, and the properties fill in what the message leaves out', async () => {
  red.send('asking', { payload: [{ deviceId: 'd1' }, { deviceId: 'd1', action: 'setFanSpeed', value: 3 }] })
  end('acme', { ...command, status: 'acknowledged' })
  await red.received('acknowledged')
  expect(issued).toMatchObject([
    ['acme', { action: 'turnOn', attempts: 2, source: 'flow', whenOffline: 'retry', askedByNode: 'asking' }],
    ['acme', { action: 'setFanSpeed', value: 3 }],
  ])
})

test.each([
  ['acknowledged', 'acknowledged'],
  ['failed', 'failed'],
  ['timeout', 'timed-out'],
  ['expired', 'gone'],
  ['cancelled', 'gone'],
] as const)('a command that ends as %s goes out at %s, and those of others do not', async (status, sink) => {
  end('acme', { ...command, id: 'another', status, askedByNode: 'somebody' })
  end('acme', { ...command, status })
  expect(await red.received(sink)).toMatchObject({ payload: [{ commandId: 'c1', status }] })
})

test('what the class does not take is an error that a catch node can have', async () => {
  outcome = { kind: 'wrong', path: 'value', message: 'must be 0 to 5' }
  red.send('asking', { payload: { deviceId: 'd1', action: 'setFanSpeed', value: 9 } })
  expect(await red.received('caught')).toMatchObject({ error: { message: 'Error: value: must be 0 to 5' } })
})

describe('a call', () => {
  const call = (body: object, more: object = {}): object => ({
    payload: {
      operationId: 'createCommand',
      requestId: 'r1',
      orgId: 'acme',
      params: { id: 'd1' },
      query: {},
      body: { action: 'setFanSpeed', source: 'api', ...body },
      principal: undefined,
      address: '::1',
      ...more,
    },
  })

  test('that fits its class is sent in its own name, and answered with where the command is', async () => {
    red.send('check', call({ value: 3, attempts: 1 }))
    expect(await red.received('answer')).toMatchObject({
      payload: { kind: 'reply', status: 202, headers: { location: '/api/v1/commands/c1' } },
    })
    expect(issued).toMatchObject([['acme', { source: 'api', attempts: 1, value: 3, askedByNode: 'asking' }]])
  })

  test.each([
    [{ value: 9 }, {}, 'body.value'],
    [{ action: 'fly', value: 1 }, {}, 'body.action'],
  ])('that does not fit (%j) is refused before anything is sent', async (body, more, field) => {
    red.send('check', call(body, more))
    expect(await red.received('refused')).toMatchObject({
      payload: { kind: 'problem', problem: { status: 422, errors: [{ path: field }] } },
    })
    expect(issued).toEqual([])
  })

  test('to a device of others is refused as one that is not there', async () => {
    red.send('check', call({ value: 3 }, { orgId: 'others' }))
    expect(await red.received('refused')).toMatchObject({ payload: { problem: { status: 404 } } })
  })

  test('that something holds back is told so', async () => {
    outcome = { kind: 'held', message: 'an override is over it' }
    red.send('check', call({ value: 3 }))
    expect(await red.received('answer')).toMatchObject({ payload: { problem: { status: 409 } } })
  })
})

test('answers find their command; those that find none are rejected with their bytes', async () => {
  const answerOf = (body: object): object => ({
    orgId: 'acme',
    deviceId: 'd1',
    receivedAt: 1,
    offset: '7',
    body,
  })
  red.send('answers', {
    payload: [
      answerOf({ commandId: 'c1', status: 'ok' }),
      answerOf({ commandId: 'c9', status: 'ok' }),
      answerOf({ status: 'fine' }),
    ],
  })
  const { payload } = await red.received('rejected')
  expect(payload).toMatchObject([
    { reason: 'wrong-shape', topic: 'ack/d1', detail: 'no command c9 was sent to this device', offset: '7' },
    { reason: 'wrong-shape', payload: Buffer.from('{"status":"fine"}') },
  ])
  expect(answered).toEqual([
    ['acme', 'd1', 'c1'],
    ['acme', 'd1', 'c9'],
  ])
})

test('what devices of other makes say, on a topic or of themselves, is heard as it is', async () => {
  const said = { orgId: 'acme', deviceId: 'd1', receivedAt: 1 }
  red.send('answers', { payload: [{ ...said, offset: '7', topic: 'stat/d1', body: { POWER: 'ON' } }] })
  red.send('reports', {
    payload: [
      { ...said, online: true },
      { ...said, reported: { state: 'ON' } },
    ],
  })
  await vi.waitFor(() => expect(heard).toHaveLength(2))
  expect(heard).toEqual([
    ['acme', [{ deviceId: 'd1', topic: 'stat/d1', body: { POWER: 'ON' } }]],
    ['acme', [{ deviceId: 'd1', topic: undefined, body: { state: 'ON' } }]],
  ])
  expect(answered).toEqual([])
})
