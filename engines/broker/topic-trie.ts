/** Topic filters as a tree of levels, with MQTT 3.1.1's matching rules (4.7); one value for each filter and key. */
interface TrieNode<V> {
  readonly children: Map<string, TrieNode<V>>
  readonly values: Map<string, V>
}

const node = <V>(): TrieNode<V> => ({ children: new Map(), values: new Map() })

/** MQTT-4.7.2-1: a wildcard in the first level doesn't match a topic that starts with `$`. */
const isReserved = (topic: string): boolean => topic.charCodeAt(0) === 36

export class TopicTrie<V> {
  readonly #root = node<V>()
  #size = 0

  /** How many values the tree holds. */
  get size(): number {
    return this.#size
  }

  set(filter: string, key: string, value: V): void {
    let at = this.#root
    for (const level of filter.split('/')) {
      let next = at.children.get(level)
      if (!next) at.children.set(level, (next = node<V>()))
      at = next
    }
    if (!at.values.has(key)) this.#size += 1
    at.values.set(key, value)
  }

  delete(filter: string, key: string): void {
    this.#deleteBelow(this.#root, filter.split('/'), 0, key)
  }

  /** The values of every filter that matches the topic. */
  match(topic: string): V[] {
    const found: V[] = []
    this.#visit(this.#root, topic.split('/'), 0, isReserved(topic), (values) => {
      for (const value of values) found.push(value)
      return false
    })
    return found
  }

  /** Whether any filter matches the topic. */
  matches(topic: string): boolean {
    return this.#size > 0 && this.#visit(this.#root, topic.split('/'), 0, isReserved(topic), () => true)
  }

  #deleteBelow(at: TrieNode<V>, levels: readonly string[], depth: number, key: string): void {
    const level = levels[depth]
    if (level === undefined) {
      if (at.values.delete(key)) this.#size -= 1
      return
    }
    const child = at.children.get(level)
    if (!child) return
    this.#deleteBelow(child, levels, depth + 1, key)
    if (child.values.size === 0 && child.children.size === 0) at.children.delete(level)
  }

  /** Walks what matches, until `take` answers true. */
  #visit(
    at: TrieNode<V>,
    levels: readonly string[],
    depth: number,
    skipWildcards: boolean,
    take: (values: Iterable<V>) => boolean,
  ): boolean {
    if (!skipWildcards) {
      // `a/#` matches `a` itself too (4.7.1.2), so this comes before the end of the levels is looked at.
      const rest = at.children.get('#')
      if (rest && rest.values.size > 0 && take(rest.values.values())) return true
    }
    const level = levels[depth]
    if (level === undefined) return at.values.size > 0 && take(at.values.values())
    if (!skipWildcards) {
      const any = at.children.get('+')
      if (any && this.#visit(any, levels, depth + 1, false, take)) return true
    }
    // A level that reads '+' or '#' can't come from a valid topic, but it must not be taken for the wildcard's node.
    if (level === '+' || level === '#') return false
    const exact = at.children.get(level)
    return exact !== undefined && this.#visit(exact, levels, depth + 1, false, take)
  }
}
