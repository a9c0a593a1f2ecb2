import { backoffMs } from '../../platform/backoff.ts'
import type { Clock } from '../../platform/clock.ts'
import type { ExpressionPool, ExpressionTask } from '../../platform/expressions/pool.ts'
import { Unavailable } from '../../platform/kit/unavailable.ts'
import { replayProperty } from '../replay-job.ts'
import type { Need, Late } from './late.ts'
import { LateDelivery, type LateDeliveryParts } from './late-delivery.ts'

/** Undelivered ones beyond this are a flow that does not get on. */
const maxReady = 4096
const maxBatch = 2000
const maxFullMs = 10_000
const lookAgainMs = 10

export interface LateParts extends Pick<LateDeliveryParts, 'deliver' | 'abandon' | 'fault'> {
  readonly pool: Pick<ExpressionPool, 'submit'>
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Uplinks whose expression is evaluated beside the event loop. Those of one organization go on in the order in which
 * they came, and no other organization waits for them: neither its uplinks of the same batch nor the next batch.
 */
export class LateUplinks {
  readonly #parts: LateParts
  readonly #delivery: LateDelivery
  readonly #queues = new Map<string, Late[]>()
  /** How many of a device are on their way. */
  readonly #devices = new Map<string, number>()
  #ready: Late[] = []
  #isDelivering = false
  #isClosed = false

  constructor(parts: LateParts) {
    this.#parts = parts
    const { clock, random } = parts
    this.#delivery = new LateDelivery({
      ...parts,
      isClosed: () => this.#isClosed,
      pause: (attempt, backoff) =>
        new Promise((resolve) => void clock.after(backoffMs(attempt, backoff, random()), resolve)),
    })
  }

  /** Whether something of the device is on its way, so that what follows must not overtake it. */
  has(deviceId: string): boolean {
    return this.#devices.size > 0 && this.#devices.has(deviceId)
  }

  /** The flow does not take what is there. */
  get isFull(): boolean {
    return this.#ready.length >= maxReady
  }

  /** @throws Unavailable when the flow does not get on for long */
  async whenNotFull(): Promise<void> {
    const { clock } = this.#parts
    const endMs = clock.monotonicMs() + maxFullMs
    while (this.isFull && !this.#isClosed) {
      if (clock.monotonicMs() >= endMs) throw new Unavailable('the flow does not take what was decoded')
      await new Promise<void>((resolve) => void clock.after(lookAgainMs, resolve))
    }
  }

  add(late: Omit<Late, 'evaluated'>): void {
    const entry: Late = { ...late, evaluated: undefined }
    const { deviceId, orgId } = entry.uplink
    entry.hold.enter()
    this.#devices.set(deviceId, (this.#devices.get(deviceId) ?? 0) + 1)
    const queue = this.#queues.get(orgId)
    if (queue === undefined) this.#queues.set(orgId, [entry])
    else queue.push(entry)
    if (entry.need.kind === 'turn') return this.#advance(orgId)
    this.#parts.pool.submit(this.#taskOf(entry, entry.need))
  }

  /** What is on its way is given up: not durable, it comes again from the stream. */
  close(): void {
    this.#isClosed = true
    const error = new Error('the node was closed')
    for (const queue of this.#queues.values()) for (const { hold } of queue) hold.leave(error)
    for (const { hold } of this.#ready) hold.leave(error)
    this.#queues.clear()
    this.#ready = []
    this.#devices.clear()
  }

  #taskOf(entry: Late, { source, text }: Extract<Need, { kind: 'expression' }>): ExpressionTask {
    const { record, uplink } = entry
    const { key, version } = record.deviceClass
    return {
      owner: { orgId: uplink.orgId, classKey: key, version },
      source,
      text,
      isCancelled: () => this.#isClosed,
      done: (evaluated) => {
        entry.evaluated = evaluated
        this.#advance(uplink.orgId)
      },
    }
  }

  /** Those in front that wait for nothing any more are ready. */
  #advance(orgId: string): void {
    const queue = this.#queues.get(orgId)
    if (queue === undefined || this.#isClosed) return
    let count = queue.findIndex(
      ({ evaluated, need }) => need.kind === 'expression' && evaluated === undefined,
    )
    if (count === -1) count = queue.length
    if (count === 0) return
    this.#ready.push(...queue.splice(0, count))
    if (queue.length === 0) this.#queues.delete(orgId)
    if (this.#isDelivering) return
    this.#isDelivering = true
    void this.#deliverAll()
  }

  async #deliverAll(): Promise<void> {
    // What becomes ready in this turn of the event loop goes along.
    await new Promise<void>((resolve) => void this.#parts.clock.after(0, resolve))
    while (this.#ready.length > 0 && !this.#isClosed) {
      const batch = this.#take()
      await this.#delivery.deliver(batch)
      for (const { uplink } of batch) this.#passed(uplink.deviceId)
    }
    this.#isDelivering = false
  }

  /** Those of one kind: a replay's are not to be taken for live ones. */
  #take(): readonly Late[] {
    const kind = this.#ready[0]?.extra?.[replayProperty]
    const end = this.#ready.findIndex(({ extra }) => extra?.[replayProperty] !== kind)
    return this.#ready.splice(0, Math.min(maxBatch, end === -1 ? this.#ready.length : end))
  }

  #passed(deviceId: string): void {
    const left = (this.#devices.get(deviceId) ?? 0) - 1
    if (left > 0) this.#devices.set(deviceId, left)
    else this.#devices.delete(deviceId)
  }
}
