import type { MqttClient } from 'mqtt'
import { shared, withoutCovered } from './shared-filters.ts'

/** Which topics clients publish on. */
export interface TopicSource {
  /** Grows when `filters` may give others than before. */
  readonly revision: number
  filters(): Iterable<string>
}

/** Keeps the shared subscriptions in step with the topics that there are. */
export class Subscriptions {
  readonly #client: MqttClient
  readonly #topics: TopicSource
  #granted: ReadonlySet<string> = new Set()
  #revision = Number.NaN
  #turn = Promise.resolve()

  constructor(client: MqttClient, topics: TopicSource) {
    this.#client = client
    this.#topics = topics
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
    const gone = [...before].filter((filter) => !wanted.has(filter))
    if (added.length > 0) await this.#client.subscribeAsync(added.map(shared), { qos: 1 })
    if (gone.length > 0) await this.#client.unsubscribeAsync(gone.map(shared))
    this.#granted = wanted
    this.#revision = revision
  }
}
