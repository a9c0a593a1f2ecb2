import type { Clock } from '../platform/clock.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Collection, FindOptions, Page, Store } from '../platform/store/port.ts'
import { type UnknownSender, unknownSenderCollection, withSighting } from './unknown-sender.ts'

export interface Sighting {
  readonly address: string
  readonly gatewayId: string
  readonly classKeys: readonly string[]
  readonly topic: string
}

export interface UnknownSendersParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly secrets: Pick<Secrets, 'newId'>
}

/** So many of an organization are kept, the ones heard of last. */
export const maxUnknownSenders = 200
/** So many of an organization are remembered between two writes: whoever makes up names costs no more. */
const maxUnwritten = 50
const keptMs = 30 * 86_400_000

/**
 * Who was heard of without being registered, for each organization. Sightings are counted in memory and written every
 * few seconds; what is heard between the last write and a crash is not worth more.
 */
export class UnknownSenders {
  readonly #parts: UnknownSendersParts
  #unwritten = new Map<string, Map<string, UnknownSender>>()
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: UnknownSendersParts) {
    this.#parts = parts
  }

  note(orgId: string, { address, classKeys, gatewayId, topic }: Sighting): void {
    const ofOrg = this.#unwritten.get(orgId) ?? new Map<string, UnknownSender>()
    this.#unwritten.set(orgId, ofOrg)
    const key = keyOf({ address, gatewayId })
    const before = ofOrg.get(key)
    if (before === undefined && ofOrg.size >= maxUnwritten) return
    const nowMs = this.#parts.clock.nowMs()
    const seen = { messages: 1, firstSeenAtMs: nowMs, lastSeenAtMs: nowMs }
    const next = {
      id: this.#parts.secrets.newId(),
      address,
      gatewayId,
      classKeys: [...classKeys],
      topic: topic.slice(0, 1024),
      ...seen,
    }
    ofOrg.set(key, before === undefined ? next : withSighting(before, next))
  }

  /** Resolves when everything noted so far is in the store. @throws StoreUnavailable */
  write(): Promise<void> {
    const noted = this.#unwritten
    if (noted.size > 0) {
      this.#unwritten = new Map()
      const before = this.#writing.catch(() => undefined)
      this.#writing = before.then(() => this.#writeAll(noted))
    }
    return this.#writing
  }

  /** Heard of last first. */
  async list(orgId: string, options: Pick<FindOptions, 'limit' | 'cursor'>): Promise<Page<UnknownSender>> {
    await this.write()
    return this.#documents(orgId).find(
      {},
      { ...options, sort: [{ path: 'lastSeenAtMs', direction: 'descending' }] },
    )
  }

  async get(orgId: string, id: string): Promise<UnknownSender | undefined> {
    await this.write()
    return (await this.#documents(orgId).get(id))?.document
  }

  /** It is registered by now. */
  async forget(orgId: string, sender: UnknownSender): Promise<void> {
    this.#unwritten.get(orgId)?.delete(keyOf(sender))
    await this.#documents(orgId).remove(sender.id)
  }

  async #writeOf(orgId: string, senders: readonly UnknownSender[]): Promise<void> {
    const documents = this.#documents(orgId)
    for (const sender of senders) {
      const { address, gatewayId } = sender
      const [known] = (await documents.find({ address, gatewayId }, { limit: 1 })).items
      // Where another instance has just written it, it has the newer sighting or will.
      if (known === undefined) await documents.insert(sender)
      else await documents.update(known.document.id, (before) => withSighting(before, sender))
    }
    await documents.removeMany({ lastSeenAtMs: { $lt: this.#parts.clock.nowMs() - keptMs } })
    const tooMany = (await documents.count()) - maxUnknownSenders
    if (tooMany <= 0) return
    const { items } = await documents.find(
      {},
      { sort: [{ path: 'lastSeenAtMs', direction: 'ascending' }], limit: tooMany },
    )
    for (const { document } of items) await documents.remove(document.id)
  }

  async #writeAll(noted: ReadonlyMap<string, ReadonlyMap<string, UnknownSender>>): Promise<void> {
    for (const [orgId, senders] of noted) await this.#writeOf(orgId, [...senders.values()])
  }

  #documents(orgId: string): Collection<UnknownSender> {
    return this.#parts.store.organization(orgId).collection(unknownSenderCollection)
  }
}

const keyOf = ({ address, gatewayId }: Pick<UnknownSender, 'address' | 'gatewayId'>): string =>
  `${gatewayId}/${address}`
