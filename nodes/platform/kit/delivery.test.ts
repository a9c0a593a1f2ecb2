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
  done(id: unknown, error?: Error): void
  caught(id: unknown): void
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
    done: (id, error) => call('onComplete.fleetloom', { msg: messageOf(id), ...(error && { error }) }),
    caught: (id) => receivedBy('catch', messageOf(id)),
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
