import type { Clock } from '../platform/clock.ts'
import type { Collection, Page, Store } from '../platform/store/port.ts'
import { type Channel, type ChannelBody, channelCollection } from './channel.ts'

/** Closes what the store may keep, and nobody read there; opens only where it was closed for. */
export interface Seal {
  close(text: string, context: string): string
  /** @throws for what was closed by another secret, or for elsewhere */
  open(sealed: string, context: string): string
}

export interface ChannelsParts {
  readonly seal: Seal
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
}

/** Before what is sealed; without it a secret stands as it was given, as it did before there was a seal. */
const sealedPrefix = 'sealed:'

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
    const outcome = await this.#of(orgId).insert(this.#sealed(orgId, channel))
    return outcome.kind === 'inserted' ? channel : undefined
  }

  async get(orgId: string, key: string): Promise<Channel | undefined> {
    const stored = (await this.#of(orgId).get(key))?.document
    return stored === undefined ? undefined : this.#opened(orgId, stored)
  }

  /** The oldest first; secrets in them are sealed. @throws InvalidCursor */
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

  #sealed(orgId: string, channel: Channel): Channel {
    if (channel.kind !== 'webhook') return channel
    const { config, id } = channel
    const sealed = this.#parts.seal.close(config.secret, `${orgId}/${id}`)
    return { ...channel, config: { ...config, secret: `${sealedPrefix}${sealed}` } }
  }

  #opened(orgId: string, channel: Channel): Channel {
    if (channel.kind !== 'webhook' || !channel.config.secret.startsWith(sealedPrefix)) return channel
    const { config, id } = channel
    const secret = this.#parts.seal.open(config.secret.slice(sealedPrefix.length), `${orgId}/${id}`)
    return { ...channel, config: { ...config, secret } }
  }

  #of(orgId: string): Collection<Channel> {
    return this.#parts.store.organization(orgId).collection(channelCollection)
  }
}
