import type { Clock } from '../platform/clock.ts'
import { defineJob, dueAt, type JobDefinition } from '../platform/kit/jobs/job.ts'
import type { Jobs } from '../platform/kit/jobs/jobs.ts'
import type { Logger } from '../platform/logger.ts'
import { digestOf } from '../platform/outgoing/sign-webhook.ts'
import type { Collection, Page, Store } from '../platform/store/port.ts'
import type { Channel } from './channel.ts'
import type { Channels } from './channels.ts'
import { attempted, type Delivery, deliveryCollection, type Notice } from './delivery.ts'
import type { Enclosures } from './enclosures.ts'
import { senderFor, type Senders, Undeliverable } from './senders/sender.ts'

const jobName = 'deliveries'

/** The first two retries come within 15 s, the last after some seven hours. */
const retry = { firstMs: 5000, lastMs: 7_200_000, maxTries: 14 }

export type FindChannel = (orgId: string, key: string) => Promise<Channel | undefined>

export interface DeliveryParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly jobs: Pick<Jobs, 'wake'>
  readonly log: Pick<Logger, 'warn'>
  readonly channels: Pick<Channels, 'retire'>
  /** A channel of the organization, or a person as one. */
  readonly channelOf: FindChannel
  readonly senders: Senders
  readonly enclosures: Pick<Enclosures, 'open'>
}

export interface NewDelivery {
  /** Of what it follows from: told to one channel once. */
  readonly cause: string
  readonly channel: string
  readonly alertId: string | null
  readonly notice: Notice
  /** Not before, epoch milliseconds. */
  readonly notBeforeMs?: number
}

export interface DeliveryQuery {
  readonly alertId?: string | undefined
  readonly status?: Delivery['status'] | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Notices on their way, each a document that a job sends: the outbox of what people and programs are told. */
export class Deliveries {
  readonly counts = { delivered: 0, failed: 0, retried: 0 }
  readonly #parts: DeliveryParts

  constructor(parts: DeliveryParts) {
    this.#parts = parts
  }

  /** Resolves when it is durable; the same again is the one that is there. @throws StoreUnavailable */
  async put(orgId: string, wanted: NewDelivery): Promise<Delivery> {
    const { clock, jobs } = this.#parts
    const nowMs = clock.nowMs()
    const { alertId, cause, channel, notBeforeMs = nowMs, notice } = wanted
    const id = `msg_${digestOf(JSON.stringify([orgId, cause, channel]))}`
    const delivery: Delivery = {
      id,
      channel,
      alertId,
      notice,
      status: 'pending',
      attempts: [],
      createdAtMs: nowMs,
      endedAtMs: null,
      ...dueAt(Math.max(notBeforeMs, nowMs)),
    }
    const outcome = await this.#of(orgId).insert(delivery)
    if (outcome.kind === 'duplicate') return (await this.get(orgId, id)) ?? delivery
    jobs.wake(jobName)
    return delivery
  }

  async get(orgId: string, id: string): Promise<Delivery | undefined> {
    return (await this.#of(orgId).get(id))?.document
  }

  /** How many were made for a channel in that time; what a clock that was put back has still ahead is not of it. */
  countBetween(orgId: string, channel: string, sinceMs: number, toMs: number): Promise<number> {
    return this.#of(orgId).count({ channel, createdAtMs: { $gt: sinceMs, $lte: toMs } })
  }

  /** Newest first. @throws InvalidCursor */
  list(orgId: string, { alertId, cursor, limit, status }: DeliveryQuery): Promise<Page<Delivery>> {
    const filter = {
      ...(alertId === undefined ? {} : { alertId }),
      ...(status === undefined ? {} : { status }),
    }
    return this.#of(orgId).find(filter, {
      sort: [{ path: 'createdAtMs', direction: 'descending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  /** Sends what has failed, or waits, at once and with all its tries; undefined for one that is not there. */
  async retry(orgId: string, id: string): Promise<Delivery | undefined> {
    const nowMs = this.#parts.clock.nowMs()
    const outcome = await this.#of(orgId).update(id, (delivery) =>
      delivery.status === 'delivered'
        ? delivery
        : { ...delivery, status: 'pending', endedAtMs: null, ...dueAt(nowMs) },
    )
    if (outcome.kind !== 'replaced') return undefined
    this.#parts.jobs.wake(jobName)
    return outcome.stored.document
  }

  sweep(orgId: string, beforeMs: number): Promise<number> {
    return this.#of(orgId).removeMany({ endedAtMs: { $gt: 0, $lt: beforeMs } })
  }

  get job(): JobDefinition<Delivery> {
    const { clock } = this.#parts
    return defineJob<Delivery>({
      name: jobName,
      collection: deliveryCollection,
      of: 'organizations',
      leaseMs: 30_000,
      maxAtOnce: 64,
      retry,
      run: async ({ document, orgId, signal }) => {
        if (document.status !== 'pending') return (current) => ({ ...current, dueAtMs: null })
        const { outcome, status } = await this.#send(orgId, document, signal)
        this.counts[status] += 1
        const nowMs = clock.nowMs()
        return (current) => attempted(current, outcome, nowMs, status)
      },
      failed: (delivery, error, nowMs) => {
        this.counts.retried += 1
        return attempted(delivery, error.message, nowMs)
      },
      givenUp: (delivery) => {
        this.counts.failed += 1
        return { ...delivery, status: 'failed', endedAtMs: clock.nowMs(), dueAtMs: null }
      },
    })
  }

  async #send(
    orgId: string,
    { channel: key, id, notice }: Delivery,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: string; readonly status: 'delivered' | 'failed' }> {
    const { channelOf, channels, enclosures, log, senders } = this.#parts
    const channel = await channelOf(orgId, key)
    if (channel === undefined) return { outcome: 'there is no such channel', status: 'failed' }
    if (channel.retiredAtMs !== null) return { outcome: 'the channel has retired', status: 'failed' }
    const opened = await enclosures.open(orgId, notice)
    if (opened === undefined) return { outcome: 'there is nothing to tell any more', status: 'failed' }
    const sending = { channel, orgId, id, notice: opened, kept: notice, signal }
    try {
      return {
        outcome: await senderFor(senders, channel)(sending),
        status: 'delivered',
      }
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error
      log.warn({ channel: key, orgId, delivery: id, err: error }, 'a notice could not be delivered')
      if (error.isGone) await channels.retire(orgId, key)
      return { outcome: error.message, status: 'failed' }
    }
  }

  #of(orgId: string): Collection<Delivery> {
    return this.#parts.store.organization(orgId).collection(deliveryCollection)
  }
}
