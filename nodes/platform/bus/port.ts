/**
 * The bus port: small events between the instances of one installation, such as *this device has changed, look again*.
 *
 * Delivery is at most once: what an event says must be in a store before it is published, so that whoever missed it can
 * read it there. When events may have been missed the bus says so ({@link Bus.onGap}), and listeners catch up.
 */
export interface Bus {
  /** What the others know this instance by. */
  readonly instance: string
  /**
   * Tells every other instance, in order with what was published before; not this one. `event` is JSON. Resolves when the
   * engine has taken it; rejects with Unavailable while the engine is away, and then the others are told of a gap as soon
   * as this instance can be heard again.
   */
  publish(topic: string, event: unknown): Promise<void>
  /** `from` is the instance that published. What a listener throws is logged. The result ends it. */
  subscribe(topic: string, listener: BusListener): () => void
  /** Called when events of others may have been missed, after they can be heard again. The result ends it. */
  onGap(listener: () => void): () => void
  /** Other instances heard of within the last seconds. */
  others(): readonly string[]
  /** Undefined while this instance hears and is heard; else what is in the way. */
  readonly trouble: Error | undefined
  close(): Promise<void>
}

export type BusListener = (event: unknown, from: string) => void
