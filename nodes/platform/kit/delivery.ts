import { Failures } from './failures.ts'

/**
 * Follows a batch from the stream through a flow, whatever shape the flow has, and tells when nothing of it is on the
 * way any more: only then is it acknowledged on the stream.
 *
 * Node-RED has no such notion, so it is counted from its hooks: a send adds one, a node's completion takes one away.
 * The message carries only a number, which survives Node-RED's deep clones.
 */
export type DeliveryOutcome =
  | { readonly kind: 'processed'; readonly durable: Promise<void> }
  | { readonly kind: 'unavailable'; readonly error: Error }
  | { readonly kind: 'failed'; readonly error: Error }
  /** The flows were restarted under it: what was on the way to a node that was replaced is gone. */
  | { readonly kind: 'interrupted' }

/** The property of a message that names its delivery. */
export const deliveryProperty = '_delivery'
/** Spelled out, since a computed name takes V8's long way. */
export const ofDelivery = (id: number): { readonly [deliveryProperty]: number } => ({ _delivery: id })

interface Pending {
  onTheWay: number
  settleScheduled: boolean
  unavailable: Error | undefined
  /** Made when there is one: hardly a delivery has any. */
  failures: Failures | undefined
  readonly durables: Promise<void>[]
  readonly settle: (outcome: DeliveryOutcome) => void
}

export interface Delivery {
  readonly id: number
  readonly outcome: Promise<DeliveryOutcome>
  /** The source has sent the batch: from here on only the flow holds it. */
  released(): void
  /** Gives up on it: what still completes is ignored. */
  forget(error: Error): void
}

export class DeliveryTracker {
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #running = Promise.withResolvers<void>()
  #isRunning = false

  /**
   * Resolves when every node is in its place. Sources wait for it with each delivery: Node-RED drops without a word
   * what is sent to a node that it has not made yet, at the start as during a deploy.
   */
  whenFlowsRun(): Promise<void> {
    return this.#running.promise
  }

  get areFlowsRunning(): boolean {
    return this.#isRunning
  }

  flowsStopping(): void {
    if (this.#isRunning) this.#running = Promise.withResolvers<void>()
    this.#isRunning = false
  }

  /** Whatever is still on the way was sent before the restart and may have been lost in it. */
  flowsStarted(): void {
    this.#isRunning = true
    this.#running.resolve()
    for (const { settle } of this.#pending.values()) settle({ kind: 'interrupted' })
    this.#pending.clear()
  }

  /** A delivery held by its source until `released()`. */
  begin(): Delivery {
    const id = this.#nextId++
    const { promise, resolve } = Promise.withResolvers<DeliveryOutcome>()
    this.#pending.set(id, {
      onTheWay: 1,
      settleScheduled: false,
      unavailable: undefined,
      failures: undefined,
      durables: [],
      settle: resolve,
    })
    return {
      id,
      outcome: promise,
      released: () => this.left(id),
      forget: (error) => {
        this.#pending.delete(id)
        resolve({ kind: 'failed', error })
      },
    }
  }

  /** One more message of this delivery is on its way to a node. */
  entered(id: unknown): void {
    const pending = this.#find(id)
    if (pending !== undefined) pending.onTheWay += 1
  }

  /** A node has done its part with one message of this delivery. */
  left(id: unknown): void {
    const pending = this.#find(id)
    if (pending === undefined) return
    pending.onTheWay -= 1
    if (pending.onTheWay > 0 || pending.settleScheduled) return
    // Node-RED completes a node before it offers the error to catch nodes, which carry on with the message.
    pending.settleScheduled = true
    setImmediate(() => this.#settleIfDone(Number(id), pending))
  }

  /** A node failed on a message: so has the delivery, unless a catch node takes this very error. */
  failed(id: unknown, nodeId: string, messageId: unknown, error: Error): void {
    const pending = this.#find(id)
    if (pending === undefined) return
    pending.failures ??= new Failures()
    pending.failures.add(nodeId, messageId, error)
  }

  /** A catch node has taken that error: the flow deals with it, and with no other. */
  caught(id: unknown, nodeId: unknown, messageId: unknown): void {
    this.#find(id)?.failures?.caught(nodeId, messageId)
  }

  /** An engine is down: the whole batch shall come again, whoever catches the error. */
  unavailable(id: unknown, error: Error): void {
    const pending = this.#find(id)
    if (pending !== undefined) pending.unavailable ??= error
  }

  /** The delivery counts as durable only when `durable` has resolved too. */
  awaitDurable(id: unknown, durable: Promise<void>): void {
    this.#find(id)?.durables.push(durable)
  }

  #find(id: unknown): Pending | undefined {
    return typeof id === 'number' ? this.#pending.get(id) : undefined
  }

  #settleIfDone(id: number, pending: Pending): void {
    pending.settleScheduled = false
    if (pending.onTheWay > 0 || this.#pending.get(id) !== pending) return
    this.#pending.delete(id)
    if (pending.unavailable !== undefined) pending.settle({ kind: 'unavailable', error: pending.unavailable })
    else if (pending.failures?.first !== undefined)
      pending.settle({ kind: 'failed', error: pending.failures.first })
    else pending.settle({ kind: 'processed', durable: allOf(pending.durables) })
  }
}

const nothingToWaitFor = Promise.resolve()

/**
 * One that all wait for is handed on as it is: batches of half a minute have it in common, and what is made for each of
 * them would live as long.
 */
function allOf(durables: readonly Promise<void>[]): Promise<void> {
  const [first = nothingToWaitFor] = durables
  return durables.every((durable) => durable === first) ? first : Promise.all(durables).then(() => undefined)
}
