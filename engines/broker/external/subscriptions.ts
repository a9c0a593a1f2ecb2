import type { MqttClient } from 'mqtt'
import { subscriptionsAtOnce } from './client-options.ts'
import { shared, withoutCovered } from './shared-filters.ts'

/** Which topics clients publish on. */
export interface TopicSource {
  /** Grows when `filters` may give others than before. */
  readonly revision: number
  filters(): Iterable<string>
}

/** Keeps the subscriptions in step with the topics that there are. */
export class Subscriptions {
  readonly #client: MqttClient
  readonly #topics: TopicSource
  readonly #isShared: boolean
  #granted: ReadonlySet<string> = new Set()
  #revision = Number.NaN
  #turn = Promise.resolve()
  #isFirst = true

  constructor(client: MqttClient, topics: TopicSource, isShared: boolean) {
    this.#client = client
    this.#topics = topics
    this.#isShared = isShared
  }

  get size(): number {
    return this.#granted.size
  }

  /**
   * Asks for what is not subscribed to yet and gives up what is no topic any more; with `anew` for everything, since a
   * new connection may find that the broker has forgotten it.
   * @throws what the broker, or its silence, has against it
   */
  refresh(anew = false): Promise<void> {
    const turn = this.#turn.then(() => this.#refresh(anew))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #refresh(anew: boolean): Promise<void> {
    const { revision } = this.#topics
    if (!anew && revision === this.#revision) return
    const before = anew ? new Set<string>() : this.#granted
    const wanted = new Set(withoutCovered(this.#topics.filters()))
    const added = [...wanted].filter((filter) => !before.has(filter))
    const gone = [...before].filter((filter) => !wanted.has(filter)).map((filter) => this.#named(filter))
    // An earlier run may have left the other kind in the session, and would have everything delivered twice.
    if (this.#isFirst) gone.push(...added.map((filter) => this.#named(filter, !this.#isShared)))
    // Retained messages only with a subscription that is new to the broker; with shared ones there are none.
    const options = { qos: 1, rh: 1 } as const
    if (added.length > 0)
      await this.#client.subscribeAsync(
        added.map((filter) => this.#named(filter)),
        options,
      )
    while (gone.length > 0) await this.#client.unsubscribeAsync(gone.splice(0, subscriptionsAtOnce))
    this.#granted = wanted
    this.#revision = revision
    this.#isFirst = false
  }

  #named(filter: string, isShared = this.#isShared): string {
    return isShared ? shared(filter) : filter
  }
}
