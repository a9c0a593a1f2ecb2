import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { aRecord } from '../../devices/device.fixture.ts'
import { anUplink } from '../../telemetry/decode/uplink.fixture.ts'
import { aReading } from '../../telemetry/reading.fixture.ts'
import { systemClock } from '../clock.ts'
import { idlePool } from '../expressions/idle-pool.fixture.ts'
import { deliveryProperty } from './delivery.ts'
import { type NodeRedUnderTest, openNodeRed } from './node-red.fixture.ts'
import type { NodeCounters } from './status.ts'

/** Port 2 of `d1` is calibrated with × 2 + 1. */
const directory = { lookup: (id: string) => (id === 'd1' ? aRecord() : undefined) }
const counters = new Set<NodeCounters>()
const metrics = {
  registerNode(counted: NodeCounters) {
    counters.add(counted)
    return () => counters.delete(counted)
  },
}
const calibrate = { id: 'calibrate', type: 'calibrate', name: 'scale', wires: [['good'], ['rejected']] }
const sinks = [
  { id: 'good', type: 'sink' },
  { id: 'rejected', type: 'sink' },
  { id: 'caught', type: 'sink' },
]
const catching = { id: 'catch', type: 'catch', scope: null, uncaught: false, wires: [['caught']] }
const reading = (changes: Parameters<typeof aReading>[0] = {}): object => {
  const { calibratedValue: _, quality: __, ...raw } = aReading({ port: 2, ...changes })
  return raw
}

let red: NodeRedUnderTest

beforeAll(async () => {
  red = await openNodeRed({ devices: { directory }, metrics, clock: systemClock, expressions: idlePool })
}, 30_000)

afterAll(() => red[Symbol.asyncDispose]())

afterEach(() => {
  vi.useRealTimers()
})

describe('a node in Node-RED', () => {
  test('takes one item and sends one on, with the rest of its message', async () => {
    await red.deploy(calibrate, ...sinks)
    red.send('calibrate', { payload: reading(), topic: 'kept', extra: { a: 1 } })
    expect(await red.received('good')).toMatchObject({
      payload: { port: 2, rawValue: 10, calibratedValue: 21 },
      topic: 'kept',
      extra: { a: 1 },
    })
    expect(red.waiting('rejected')).toBe(0)
  })

  test('takes a batch and sends a batch on', async () => {
    await red.deploy(calibrate, ...sinks)
    red.send('calibrate', { payload: [reading(), reading({ rawValue: 1 }), reading({ deviceId: 'd9' })] })
    expect(await red.received('good')).toMatchObject({
      payload: [{ calibratedValue: 21 }, { calibratedValue: 3 }, { calibratedValue: 10 }],
    })
  })

  test('sends to each output what belongs there, and nothing where there is nothing', async () => {
    await red.deploy(calibrate, ...sinks)
    red.send('calibrate', { payload: [reading(), reading({ rawValue: 1.7e308 })] })
    expect(await red.received('good')).toMatchObject({ payload: [{ calibratedValue: 21 }] })
    expect(await red.received('rejected')).toMatchObject({
      payload: [{ reason: 'not-finite', deviceId: 'd1' }],
    })

    red.send('calibrate', { payload: reading({ rawValue: 1.7e308 }) })
    expect(await red.received('rejected')).toMatchObject({ payload: { reason: 'not-finite' } })
    expect(red.waiting('good')).toBe(0)
  })

  test('refuses a message of another type, naming the field, and a catch node gets it', async () => {
    await red.deploy(calibrate, catching, ...sinks)
    red.send('calibrate', { payload: [reading(), { ...reading(), port: 'two' }] })
    expect(await red.received('caught')).toMatchObject({
      error: {
        message: expect.stringContaining('expected reading: payload.1.port: '),
        source: { id: 'calibrate', type: 'calibrate' },
      },
    })
    expect(red.waiting('good')).toBe(0)
  })

  test('spares what came from one of ours the check, but not what a foreign node may have changed', async () => {
    const decode = { id: 'decoding', type: 'decode', wires: [['scale'], [], [], [], []] }
    const scale = { ...calibrate, id: 'scale' }
    const rules = [{ t: 'set', p: 'payload[0].ts', pt: 'msg', to: 'soon', tot: 'str' }]
    const uplink = anUplink({ readings: [{ port: 2, value: 10 }] })

    await red.deploy(decode, scale, catching, ...sinks)
    red.send('decoding', { payload: [uplink] })
    expect(await red.received('good')).toMatchObject({ payload: [{ calibratedValue: 21 }] })

    await red.deploy(
      { ...decode, wires: [['changing'], [], [], [], []] },
      { id: 'changing', type: 'change', rules, wires: [['scale']] },
      scale,
      catching,
      ...sinks,
    )
    red.send('decoding', { payload: [uplink] })
    expect(await red.received('caught')).toMatchObject({
      error: { message: expect.stringContaining('expected reading: payload.0.ts: ') },
    })
    expect(red.waiting('good')).toBe(0)
  })
})

describe('the line under a node', () => {
  test('says how much it has handled, and then its fault until something succeeds', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    await red.deploy(calibrate, catching, ...sinks)
    red.send('calibrate', { payload: [reading(), reading()] })
    await red.received('good')
    vi.advanceTimersByTime(1000)
    expect(red.statusOf('calibrate')).toEqual({ fill: 'green', shape: 'dot', text: '2/s · 2' })

    red.send('calibrate', { payload: 'nonsense' })
    await red.received('caught')
    vi.advanceTimersByTime(1000)
    expect(red.statusOf('calibrate')).toMatchObject({
      fill: 'red',
      text: expect.stringMatching(/^expected reading: payload: /),
    })

    red.send('calibrate', { payload: reading() })
    await red.received('good')
    vi.advanceTimersByTime(1000)
    expect(red.statusOf('calibrate')).toEqual({ fill: 'yellow', shape: 'dot', text: '1/s · 3 · 1 failed' })
  })
})

describe('the life of a node', () => {
  test('it is counted under its name while it is deployed, and not afterwards', async () => {
    await red.deploy(calibrate, ...sinks)
    red.send('calibrate', { payload: [reading(), reading()] })
    await red.received('good')
    expect([...counters]).toEqual([{ type: 'calibrate', name: 'scale', received: 2, sent: 2, failed: 0 }])
    await red.deploy(...sinks)
    expect([...counters]).toEqual([])
  })

  test('with wrong properties it says so, and what it gets is kept by the stream to come again', async () => {
    const broken = { id: 'decode', type: 'decode', pastDays: -1, wires: [[], [], [], [], []] }
    await red.deploy(broken, catching, ...sinks)
    expect(red.statusOf('decode')).toMatchObject({ fill: 'red', text: expect.stringMatching(/^pastDays: /) })

    const delivery = red.deliveries.begin()
    red.send('decode', { payload: [], [deliveryProperty]: delivery.id })
    delivery.released()
    expect(await delivery.outcome).toMatchObject({
      kind: 'unavailable',
      error: { message: expect.stringMatching(/^pastDays: /) },
    })
  })

  test('a delivery through it is processed when all of its branches are done', async () => {
    await red.deploy({ ...calibrate, wires: [['good', 'caught'], ['rejected']] }, ...sinks)
    const delivery = red.deliveries.begin()
    red.deliveries.entered(delivery.id)
    red.send('calibrate', { payload: [reading()], [deliveryProperty]: delivery.id })
    delivery.released()
    expect(await delivery.outcome).toMatchObject({ kind: 'processed' })
    expect([red.waiting('good'), red.waiting('caught'), red.waiting('rejected')]).toEqual([1, 1, 0])
  })
})

describe('a delivery through a flow that watches for errors', () => {
  /** `one` fails and `other` doesn't, unless it is told to; both get each message. */
  const failing = (id: string, changes: object = {}) => ({
    id,
    type: 'function',
    func: `if (msg.fail.includes(node.name)) throw new Error(node.name + ' failed')\nreturn null`,
    name: id,
    outputs: 1,
    wires: [[]],
    ...changes,
  })
  const fork = { id: 'fork', type: 'function', func: 'return msg', outputs: 1, wires: [['one', 'other']] }
  const outcomeOf = async (fail: readonly string[]) => {
    const delivery = red.deliveries.begin()
    red.deliveries.entered(delivery.id)
    red.send('fork', { fail, [deliveryProperty]: delivery.id })
    delivery.released()
    const outcome = await delivery.outcome
    return outcome.kind === 'failed' ? outcome.error.message : outcome.kind
  }
  const watching = (changes: object) => ({ ...catching, ...changes })

  test('fails when a complete node is set on another node than the one that failed', async () => {
    const complete = { id: 'complete', type: 'complete', scope: ['other'], wires: [['caught']] }
    await red.deploy(fork, failing('one'), failing('other'), complete, ...sinks)
    expect(await outcomeOf(['one'])).toContain('one failed')
    expect(red.waiting('caught')).toBe(1)
    expect(await outcomeOf([])).toBe('processed')
  })

  test('fails with what a catch node that is set on another node has not caught', async () => {
    await red.deploy(fork, failing('one'), failing('other'), watching({ scope: ['other'] }), ...sinks)
    expect(await outcomeOf(['one', 'other'])).toContain('one failed')
    expect(await outcomeOf(['other'])).toBe('processed')
  })

  test('fails with what has happened outside of the group of a catch node', async () => {
    const group = { id: 'group', type: 'group', nodes: ['other', 'catch'] }
    await red.deploy(
      group,
      fork,
      failing('one'),
      failing('other', { g: 'group' }),
      watching({ scope: 'group', g: 'group' }),
      ...sinks,
    )
    expect(await outcomeOf(['one', 'other'])).toContain('one failed')
    expect(await outcomeOf(['other'])).toBe('processed')
  })

  test('is processed when one catch node takes the errors of one node, and another one the rest', async () => {
    const rest = watching({ id: 'rest', scope: null, uncaught: true })
    await red.deploy(fork, failing('one'), failing('other'), watching({ scope: ['other'] }), rest, ...sinks)
    expect(await outcomeOf(['one', 'other'])).toBe('processed')
    expect(red.waiting('caught')).toBe(2)
  })
})
