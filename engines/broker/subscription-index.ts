import { TopicTrie } from './topic-trie.ts'

/** Bounds the memory of the cache; a fleet publishes on far fewer distinct topics. */
const MAX_CACHED_TOPICS = 50_000

/**
 * Answers "could anybody be subscribed to this topic?" without waiting, so that a publish that nobody listens to costs
 * one map lookup. Filters are counted: live connections and stored sessions each hold theirs.
 */
export class SubscriptionIndex {
  readonly #counts = new Map<string, number>()
  readonly #trie = new TopicTrie<true>()
  readonly #cache = new Map<string, boolean>()
  /** Grows whenever an answer may have changed. */
  revision = 0

  get filters(): number {
    return this.#counts.size
  }

  add(filter: string): void {
    const count = this.#counts.get(filter) ?? 0
    this.#counts.set(filter, count + 1)
    if (count > 0) return
    this.#trie.set(filter, '', true)
    this.#changed()
  }

  remove(filter: string): void {
    const count = this.#counts.get(filter)
    if (count === undefined) return
    if (count > 1) {
      this.#counts.set(filter, count - 1)
      return
    }
    this.#counts.delete(filter)
    this.#trie.delete(filter, '')
    this.#changed()
  }

  #changed(): void {
    this.#cache.clear()
    this.revision += 1
  }

  matches(topic: string): boolean {
    const cached = this.#cache.get(topic)
    if (cached !== undefined) return cached
    const found = this.#trie.matches(topic)
    if (this.#cache.size >= MAX_CACHED_TOPICS) this.#cache.clear()
    this.#cache.set(topic, found)
    return found
  }
}
