import type { Bus } from '../platform/bus/port.ts'
import type { Clock } from '../platform/clock.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { Store } from '../platform/store/port.ts'
import { type Allowance, Bucket, shut } from './bucket.ts'
import { quotaCollection, type Quotas } from './quota.ts'
import { storageCollection } from './storage.ts'

export interface QuotaBookParts {
  readonly store: Pick<Store, 'everywhere' | 'platform'>
  readonly bus: Pick<Bus, 'others' | 'publish' | 'subscribe'>
  readonly clock: Pick<Clock, 'monotonicMs'>
}

interface Account {
  readonly quotas: Quotas
  readonly calls: Bucket | undefined
  readonly messages: Bucket | undefined
}

const changedTopic = 'quotas'
/** A rate may be saved up for so long, so that what comes in bursts on the whole within it is not slowed. */
const burstSeconds = 2

/**
 * Quotas of all organizations, in memory. Each organization has buckets of its own, so one that is over its quota slows
 * nobody else. Of several instances each has its equal share.
 */
export class QuotaBook {
  readonly #parts: QuotaBookParts
  #accounts = new Map<string, Account>()
  #full: ReadonlySet<string> = new Set()
  #instances = 1
  /** Whether any organization's messages are limited, for a look that costs nothing where none is. */
  limitsMessages = false
  /** What was held up or turned away; `refused` is what there was no room to hold up. */
  readonly counts = { calls: 0, messages: 0, refused: 0 }

  constructor(parts: QuotaBookParts) {
    this.#parts = parts
  }

  /** Follows what others set; the result ends it. */
  follow(onFailed: (error: unknown) => void): () => void {
    return this.#parts.bus.subscribe(changedTopic, () => void this.load().catch(onFailed))
  }

  /** Reads all of them; what has not changed keeps its buckets. @throws StoreUnavailable */
  async load(): Promise<void> {
    const { bus, store } = this.#parts
    const instances = 1 + bus.others().length
    const accounts = new Map<string, Account>()
    for await (const { document } of everyDocument(store.platform(quotaCollection))) {
      const { id, ...quotas } = document
      const known = this.#accounts.get(id)
      const isSame =
        known !== undefined &&
        instances === this.#instances &&
        JSON.stringify(known.quotas) === JSON.stringify(quotas)
      accounts.set(id, isSame ? known : this.#account(quotas, instances))
    }
    this.#accounts = accounts
    this.#instances = instances
    this.#full = await this.#readFull()
    this.limitsMessages =
      this.#full.size > 0 || accounts.values().some(({ messages }) => messages !== undefined)
  }

  /** How many organizations hold more than they may. */
  get fullOrganizations(): number {
    return this.#full.size
  }

  /** Whether it holds more than it may. */
  isFull(orgId: string): boolean {
    return this.#full.has(orgId)
  }

  of(orgId: string): Quotas {
    return this.#accounts.get(orgId)?.quotas ?? {}
  }

  /** @throws StoreUnavailable */
  async set(orgId: string, quotas: Quotas): Promise<void> {
    const { store } = this.#parts
    await store.platform(quotaCollection).upsert({ id: orgId, ...quotas })
    await this.changed(orgId)
  }

  /** Reads them again, and has the other instances do so. @throws StoreUnavailable */
  async changed(orgId: string): Promise<void> {
    await this.load()
    // Whoever does not hear it reads them again soon.
    await this.#parts.bus.publish(changedTopic, { orgId }).catch(() => undefined)
  }

  /** Undefined for a call that may be made; else in how many seconds the next may. */
  callWaitSeconds(orgId: string): number | undefined {
    const calls = this.#accounts.get(orgId)?.calls
    const nowMs = this.#parts.clock.monotonicMs()
    if (calls === undefined || calls.take(nowMs)) return undefined
    this.counts.calls += 1
    return Math.max(1, Math.ceil(calls.waitMs(nowMs) / 1000))
  }

  /** What limits the messages of its devices; undefined where nothing does. */
  messages(orgId: string): Allowance | undefined {
    return this.#full.has(orgId) ? shut : this.#accounts.get(orgId)?.messages
  }

  async #readFull(): Promise<ReadonlySet<string>> {
    const full = new Set<string>()
    const { store } = this.#parts
    for await (const { orgId } of everyTenantDocument(store, storageCollection, { isOver: true }))
      full.add(orgId)
    return full
  }

  #account(quotas: Quotas, instances: number): Account {
    const nowMs = this.#parts.clock.monotonicMs()
    const { apiCallsPerMinute, messagesPerSecond } = quotas
    const perSecond = (messagesPerSecond ?? 0) / instances
    return {
      quotas,
      calls:
        apiCallsPerMinute === undefined
          ? undefined
          : new Bucket(
              {
                perSecond: apiCallsPerMinute / instances / 60,
                burst: Math.max(1, apiCallsPerMinute / instances),
              },
              nowMs,
            ),
      messages:
        messagesPerSecond === undefined
          ? undefined
          : new Bucket({ perSecond, burst: Math.max(1, perSecond * burstSeconds) }, nowMs),
    }
  }
}
