import { beforeEach, describe, expect, test } from 'vitest'
import { type Delivery, type DeliveryOutcome, deliveryProperty, DeliveryTracker } from './delivery.ts'
import { type FlowEvents, type Hooks, installHooks } from './hooks.ts'
import { defineMessage } from './message-type.ts'
import { isTrusted, trust } from './trust.ts'
import { z } from 'zod'

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const isOpen = async ({ outcome }: Delivery): Promise<boolean> => {
  await settled()
  return (await Promise.race([outcome.then(() => 'settled'), settled().then(() => 'open')])) === 'open'
}
const kindOf = async ({ outcome }: Delivery): Promise<DeliveryOutcome['kind']> => (await outcome).kind

let tracker: DeliveryTracker
let flow: ReturnType<typeof flowOf>
let delivery: Delivery

beforeEach(() => {
  tracker = new DeliveryTracker()
  flow = flowOf(tracker)
  delivery = tracker.begin()
})

/** Node-RED's message routing as its hooks show it, driven by hand. */
function flowOf(tracked: DeliveryTracker): {
  /** The messages of one `send`, one for each wire. */
  send(...ids: unknown[]): void
  /** `by` is the node that is done; the message has the id that it is given here, or the delivery's. */
  done(id: unknown, error?: unknown, by?: string, messageId?: string): void
  /** A catch node gets what that node said of that message. */
  caught(id: unknown, by?: string, messageId?: string): void
  completed(id: unknown, by?: string): void
  receivedBy(type: string, message: Record<string, unknown>, doneCount?: number): void
  emit(event: 'flows:stopping' | 'flows:started'): void
} {
  type Callback = (event: never) => void
  const hooks = new Map<string, Callback>()
  const listeners = new Map<string, () => void>()
  const registered: { hooks: Hooks; events: FlowEvents } = {
    hooks: { add: (name: string, callback: Callback) => void hooks.set(name, callback) },
    events: { on: (name, listener) => void listeners.set(name, listener) },
  }
  installHooks(registered, tracked, (type) => type === 'decode')
  const call = (name: string, event: unknown): void =>
    void Reflect.apply(hooks.get(name) ?? Object, undefined, [event])
  const messageOf = (id: unknown): object => ({ [deliveryProperty]: id })
  const receivedBy = (type: string, msg: object, doneCount = 1): void => {
    const event = { msg, destination: { node: { type, _expectedDoneCount: doneCount } } }
    call('onReceive.fleetloom', event)
    call('postReceive.fleetloom', event)
  }
  return {
    send: (...ids) =>
      call(
        'onSend.fleetloom',
        ids.map((id) => ({ msg: messageOf(id) })),
      ),
    done: (id, error, by = 'some', messageId = 'm1') =>
      call('onComplete.fleetloom', { msg: { ...messageOf(id), _msgid: messageId }, node: { id: by }, error }),
    caught: (id, by = 'some', messageId = 'm1') =>
      receivedBy('catch', { ...messageOf(id), _msgid: messageId, error: { source: { id: by } } }),
    completed: (id, by = 'some') =>
      receivedBy('complete', { ...messageOf(id), _msgid: 'm1', complete: { source: { id: by } } }),
    receivedBy,
    emit: (event) => listeners.get(event)?.(),
  }
}

describe('a delivery', () => {
  test('that nobody is wired to is processed when its source lets go of it', async () => {
    expect(await isOpen(delivery)).toBe(true)
    delivery.released()
    expect(await kindOf(delivery)).toBe('processed')
  })

  test('through a chain is open until the last node is done', async () => {
    flow.send(delivery.id)
    delivery.released()
    flow.send(delivery.id)
    flow.done(delivery.id)
    expect(await isOpen(delivery)).toBe(true)
    flow.done(delivery.id)
    expect(await kindOf(delivery)).toBe('processed')
  })

  test('through branches is open until each of them is done, in whatever order', async () => {
    flow.send(delivery.id, delivery.id, delivery.id)
    delivery.released()
    flow.done(delivery.id)
    flow.done(delivery.id)
    expect(await isOpen(delivery)).toBe(true)
    flow.done(delivery.id)
    expect(await kindOf(delivery)).toBe('processed')
  })

  test('does not count the messages of others', async () => {
    const other = tracker.begin()
    flow.send(delivery.id, other.id, undefined, 'text')
    delivery.released()
    flow.done(delivery.id)
    flow.done(undefined)
    expect(await kindOf(delivery)).toBe('processed')
    expect(await isOpen(other)).toBe(true)
  })

  test('is left by a node that never reports completion as soon as that has got it', async () => {
    flow.send(delivery.id)
    delivery.released()
    flow.receivedBy('debug', { [deliveryProperty]: delivery.id }, 0)
    expect(await kindOf(delivery)).toBe('processed')
  })

  test('fails when a node fails and nobody catches it', async () => {
    flow.send(delivery.id)
    delivery.released()
    flow.done(delivery.id, new Error('no such port'))
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'no such port' } })
  })

  test('is processed when a catch node takes the error and its branch comes to an end', async () => {
    flow.send(delivery.id)
    delivery.released()
    flow.done(delivery.id, new Error('no such port'))
    flow.caught(delivery.id)
    expect(await isOpen(delivery)).toBe(true)
    flow.done(delivery.id)
    expect(await kindOf(delivery)).toBe('processed')
  })

  test('fails when what follows the catch node fails in turn', async () => {
    flow.send(delivery.id)
    delivery.released()
    flow.done(delivery.id, new Error('first'))
    flow.caught(delivery.id)
    flow.done(delivery.id, new Error('second'))
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'second' } })
  })

  test('fails with the first error when another branch goes well', async () => {
    flow.send(delivery.id, delivery.id)
    delivery.released()
    flow.done(delivery.id, new Error('first'))
    flow.done(delivery.id)
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'first' } })
  })

  test('fails when a complete node takes what another node has done well', async () => {
    flow.send(delivery.id, delivery.id)
    delivery.released()
    flow.done(delivery.id, new Error('no such port'), 'one')
    flow.done(delivery.id, undefined, 'other')
    flow.completed(delivery.id, 'other')
    flow.done(delivery.id, undefined, 'complete')
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'no such port' } })
  })

  test('fails when a catch node takes the error of one of two nodes that failed', async () => {
    flow.send(delivery.id, delivery.id)
    delivery.released()
    flow.done(delivery.id, new Error('missed'), 'one')
    flow.done(delivery.id, new Error('taken'), 'other')
    flow.caught(delivery.id, 'other')
    flow.done(delivery.id, undefined, 'catch')
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'missed' } })
  })

  test('fails when a catch node takes the error of one message of two that a node failed on', async () => {
    flow.send(delivery.id, delivery.id)
    delivery.released()
    flow.done(delivery.id, new Error('missed'), 'one', 'm1')
    flow.done(delivery.id, new Error('taken'), 'one', 'm2')
    flow.caught(delivery.id, 'one', 'm2')
    flow.done(delivery.id, undefined, 'catch', 'm2')
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'missed' } })
  })

  test('fails when two catch nodes take one error of two that clones of a message have led to', async () => {
    flow.send(delivery.id, delivery.id)
    delivery.released()
    flow.done(delivery.id, new Error('missed'))
    flow.done(delivery.id, new Error('taken'))
    for (const catching of ['catch-1', 'catch-2']) {
      flow.caught(delivery.id)
      flow.done(delivery.id, undefined, catching)
    }
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'missed' } })
  })

  test('is processed when each of its errors is caught, by one catch node or by several', async () => {
    flow.send(delivery.id, delivery.id)
    delivery.released()
    for (const catches of [1, 2]) {
      flow.done(delivery.id, new Error('taken'))
      for (let times = 0; times < catches; times += 1) flow.caught(delivery.id)
      for (let times = 0; times < catches; times += 1) flow.done(delivery.id, undefined, 'catch')
    }
    expect(await kindOf(delivery)).toBe('processed')
  })

  test('fails with the text that a node gives in place of an error', async () => {
    flow.send(delivery.id)
    delivery.released()
    flow.done(delivery.id, 'no such port')
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'no such port' } })
  })

  test('comes again when an engine is away, whoever catches the error', async () => {
    flow.send(delivery.id)
    delivery.released()
    tracker.unavailable(delivery.id, new Error('the store is away'))
    flow.done(delivery.id, new Error('the store is away'))
    flow.caught(delivery.id)
    flow.done(delivery.id)
    expect(await delivery.outcome).toMatchObject({
      kind: 'unavailable',
      error: { message: 'the store is away' },
    })
  })

  test('that is forgotten has failed, and what still completes is ignored', async () => {
    flow.send(delivery.id)
    delivery.released()
    delivery.forget(new Error('stalled'))
    flow.done(delivery.id)
    expect(await delivery.outcome).toMatchObject({ kind: 'failed', error: { message: 'stalled' } })
    const next = tracker.begin()
    flow.done(delivery.id)
    expect(await isOpen(next)).toBe(true)
  })

  test('is durable when all that it waits for is', async () => {
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    tracker.awaitDurable(delivery.id, first.promise)
    tracker.awaitDurable(delivery.id, second.promise)
    tracker.awaitDurable(
      'nobody',
      Promise.reject(new Error('not ours')).catch(() => undefined),
    )
    delivery.released()
    const outcome = await delivery.outcome
    let isDurable = false
    void (outcome.kind === 'processed' && outcome.durable.then(() => (isDurable = true)))
    first.resolve()
    await settled()
    expect(isDurable).toBe(false)
    second.resolve()
    await settled()
    expect(isDurable).toBe(true)
  })

  test('hands on the one promise that all in it wait for', async () => {
    const shared = Promise.withResolvers<void>().promise
    tracker.awaitDurable(delivery.id, shared)
    tracker.awaitDurable(delivery.id, shared)
    delivery.released()
    const outcome = await delivery.outcome
    expect(outcome.kind === 'processed' && outcome.durable === shared).toBe(true)
  })
})

describe('when flows stop and start', () => {
  test('sources wait until every node is in its place', async () => {
    const waitFor = async (): Promise<boolean> => {
      const running = tracker.whenFlowsRun().then(() => true)
      return Promise.race([running, settled().then(() => false)])
    }
    expect(await waitFor()).toBe(false)
    flow.emit('flows:started')
    expect(await waitFor()).toBe(true)
    flow.emit('flows:stopping')
    expect(await waitFor()).toBe(false)
    flow.emit('flows:stopping')
    flow.emit('flows:started')
    expect(await waitFor()).toBe(true)
  })

  test('who waits already is not left waiting by a stop in between', async () => {
    const running = tracker.whenFlowsRun()
    flow.emit('flows:stopping')
    flow.emit('flows:started')
    await expect(running).resolves.toBeUndefined()
  })

  test('what was on the way is interrupted by a restart', async () => {
    flow.send(delivery.id)
    delivery.released()
    flow.emit('flows:stopping')
    flow.emit('flows:started')
    expect(await kindOf(delivery)).toBe('interrupted')
    flow.done(delivery.id)
  })
})

describe('hooks and trust', () => {
  const anything = defineMessage('anything', z.unknown())

  test('a batch keeps its trust at a node of ours, and loses it at a foreign one', () => {
    const payload = [{ x: 1 }]
    trust(payload, anything)
    flow.receivedBy('decode', { payload })
    expect(isTrusted(payload, anything)).toBe(true)
    flow.receivedBy('function', { payload })
    expect(isTrusted(payload, anything)).toBe(false)
  })
})
