import type { Channel, ChannelKind, ChannelOf } from '../channel.ts'
import type { Notice } from '../delivery.ts'

export interface Sending<K extends ChannelKind = ChannelKind> {
  readonly channel: ChannelOf<K>
  readonly orgId: string
  /** Of the delivery: the same over retries. */
  readonly id: string
  readonly notice: Notice
  /** The same as it may be written down. */
  readonly kept: Notice
  readonly signal: AbortSignal
}

/**
 * Sends to one kind of channel. Resolves with what was answered; throwing has it sent again, but for {@link Undeliverable}.
 */
export type Sender<K extends ChannelKind = ChannelKind> = (sending: Sending<K>) => Promise<string>

export type Senders = { readonly [K in ChannelKind]: Sender<K> }

/** Trying again changes nothing. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable'
  /** The receiver is gone for good: nothing more is sent there. */
  readonly isGone: boolean

  constructor(message: string, isGone = false) {
    super(message)
    this.isGone = isGone
  }
}

/** The sender of a channel's kind, for that channel. */
export const senderFor = (senders: Senders, { kind }: Channel): Sender =>
  // oxlint-disable-next-line no-unsafe-type-assertion -- the one of its kind takes it
  senders[kind] as unknown as Sender
