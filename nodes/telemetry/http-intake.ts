import type { Route } from '../platform/stream/port.ts'
import type { UplinkIntake } from './uplink-intake.ts'

export interface InFlightLimits {
  /** Messages that may wait to become durable, of one organization and of all. */
  readonly perOrganization: number
  readonly total: number
}

/** Whether an organization is within its quotas; each that is accepted counts against that of messages. */
export interface MessageQuota {
  /** Whether it holds more than it may. */
  isFull(orgId: string): boolean
  mayAccept(orgId: string): boolean
}
const noQuota: MessageQuota = { isFull: () => false, mayAccept: () => true }

export type Taken =
  | { readonly kind: 'durable' }
  | { readonly kind: 'busy'; readonly who: 'organization' | 'platform' }
  | { readonly kind: 'full' }

/**
 * The intake for messages that come by HTTP. A device that holds an MQTT connection is slowed down by it not being read;
 * requests just go on coming, so past so many at a time they are told to come back.
 */
export class HttpIntake {
  readonly #intake: Pick<UplinkIntake, 'accept'>
  readonly #limits: InFlightLimits
  readonly #quota: MessageQuota
  readonly #byOrganization = new Map<string, number>()
  #total = 0

  constructor(
    intake: Pick<UplinkIntake, 'accept'>,
    limits: InFlightLimits = { perOrganization: 500, total: 2000 },
    quota: MessageQuota = noQuota,
  ) {
    this.#intake = intake
    this.#quota = quota
    this.#limits = limits
  }

  /** @throws what keeps the stream from taking it */
  async accept(orgId: string, route: Route, data: Uint8Array): Promise<Taken> {
    const own = this.#byOrganization.get(orgId) ?? 0
    if (own >= this.#limits.perOrganization) return { kind: 'busy', who: 'organization' }
    if (this.#total >= this.#limits.total) return { kind: 'busy', who: 'platform' }
    if (this.#quota.isFull(orgId)) return { kind: 'full' }
    if (!this.#quota.mayAccept(orgId)) return { kind: 'busy', who: 'organization' }
    this.#total += 1
    this.#byOrganization.set(orgId, own + 1)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#intake.accept(route, data, (error) => (error === undefined ? resolve() : reject(error)))
      })
      return { kind: 'durable' }
    } finally {
      this.#total -= 1
      const left = (this.#byOrganization.get(orgId) ?? 1) - 1
      if (left > 0) this.#byOrganization.set(orgId, left)
      else this.#byOrganization.delete(orgId)
    }
  }
}
