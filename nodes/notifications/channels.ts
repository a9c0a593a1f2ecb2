import type { Clock } from '../platform/clock.ts'
import type { Collection, Page, Store } from '../platform/store/port.ts'
import { type Channel, type ChannelBody, channelCollection } from './channel.ts'

export interface ChannelsParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
}

/** Where an organization wants to be told. */
export class Channels {
  readonly #parts: ChannelsParts

  constructor(parts: ChannelsParts) {
    this.#parts = parts
  }

  /** Undefined when there is one of this key. */
  async create(orgId: string, wanted: ChannelBody): Promise<Channel | undefined> {
    const channel: Channel = {
      ...wanted,
      id: wanted.key,
      createdAtMs: this.#parts.clock.nowMs(),
      retiredAtMs: null,
    }
    const outcome = await this.#of(orgId).insert(channel)
    return outcome.kind === 'inserted' ? channel : undefined
  }

  async get(orgId: string, key: string): Promise<Channel | undefined> {
    return (await this.#of(orgId).get(key))?.document
  }

  /** The oldest first. @throws InvalidCursor */
  list(
    orgId: string,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Channel>> {
    return this.#of(orgId).find(
      {},
      {
        sort: [{ path: 'createdAtMs', direction: 'ascending' }],
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      },
    )
  }

  remove(orgId: string, key: string): Promise<boolean> {
    return this.#of(orgId).remove(key)
  }

  /** Its receiver is gone for good. */
  async retire(orgId: string, key: string): Promise<void> {
    const retiredAtMs = this.#parts.clock.nowMs()
    await this.#of(orgId).update(key, (channel) => ({ ...channel, retiredAtMs }))
  }

  #of(orgId: string): Collection<Channel> {
    return this.#parts.store.organization(orgId).collection(channelCollection)
  }
}
