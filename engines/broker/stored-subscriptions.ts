import type { DatabaseSync } from 'node:sqlite'
import type { GroupCommit } from './group-commit.ts'
import { subscriptionOptions } from './stored-packet.ts'
import type { StoredSubscription } from './stored-packet.ts'
import type { SubscriptionIndex } from './subscription-index.ts'
import { ownerOf } from './session.ts'
import { TopicTrie } from './topic-trie.ts'

export interface MatchedSubscription {
  readonly clientId: string
  readonly topic: string
  readonly qos: number
  readonly rh: number | undefined
  readonly rap: boolean | undefined
  readonly nl: boolean | undefined
}

/** A stored session's subscriptions: on disk for restarts, in memory for every question. */
export class StoredSubscriptions {
  readonly #byClient = new Map<string, Map<string, StoredSubscription>>()
  readonly #sessions = new Map<string, number>()
  /** Only QoS 1 and 2 wait for an offline session (MQTT 3.1.1, 3.1.2.4). */
  readonly #trie = new TopicTrie<MatchedSubscription>()
  readonly #commit: GroupCommit
  readonly #index: SubscriptionIndex | undefined
  readonly #statements

  constructor(database: DatabaseSync, commit: GroupCommit, index: SubscriptionIndex | undefined) {
    this.#commit = commit
    this.#index = index
    this.#statements = {
      put: database.prepare('INSERT OR REPLACE INTO subscription VALUES (?, ?, ?)'),
      remove: database.prepare('DELETE FROM subscription WHERE client_id = ? AND topic = ?'),
      removeAll: database.prepare('DELETE FROM subscription WHERE client_id = ?'),
    }
    for (const row of database.prepare('SELECT client_id, topic, options FROM subscription').iterate()) {
      const options = subscriptionOptions.parse(JSON.parse(String(row['options'])))
      this.#remember(String(row['client_id']), { topic: String(row['topic']), ...options })
    }
  }

  get clients(): number {
    return this.#byClient.size
  }

  get waiting(): number {
    return this.#trie.size
  }

  has(clientId: string): boolean {
    return this.#byClient.has(clientId)
  }

  /** How many sessions an owner has stored; see {@link ownerOf}. */
  sessionsOf(owner: string): number {
    return this.#sessions.get(owner) ?? 0
  }

  clientIds(): string[] {
    return [...this.#byClient.keys()]
  }

  of(clientId: string): StoredSubscription[] {
    return [...(this.#byClient.get(clientId)?.values() ?? [])]
  }

  match(topic: string): MatchedSubscription[] {
    return this.#trie.match(topic)
  }

  clientsOf(topic: string): string[] {
    return [...this.#byClient].filter(([, stored]) => stored.has(topic)).map(([clientId]) => clientId)
  }

  async add(clientId: string, subscriptions: readonly StoredSubscription[]): Promise<void> {
    const written: Promise<void>[] = []
    for (const { topic, qos, rh, rap, nl, subscriptionIdentifier } of subscriptions) {
      const options =
        subscriptionIdentifier === undefined
          ? { qos, rh, rap, nl }
          : { qos, rh, rap, nl, subscriptionIdentifier }
      this.#remember(clientId, { topic, ...options })
      written.push(this.#commit.write(this.#statements.put, clientId, topic, JSON.stringify(options)))
    }
    await Promise.all(written)
  }

  async remove(clientId: string, topics: readonly string[]): Promise<void> {
    const stored = this.#byClient.get(clientId)
    if (!stored) return
    const written: Promise<void>[] = []
    for (const topic of topics) {
      if (!this.#forget(clientId, stored, topic)) continue
      written.push(this.#commit.write(this.#statements.remove, clientId, topic))
    }
    if (stored.size === 0) this.#end(clientId)
    await Promise.all(written)
  }

  async removeAll(clientId: string): Promise<void> {
    const stored = this.#byClient.get(clientId)
    if (!stored) return
    for (const topic of stored.keys()) this.#forget(clientId, stored, topic)
    this.#end(clientId)
    await this.#commit.write(this.#statements.removeAll, clientId)
  }

  #begin(clientId: string): Map<string, StoredSubscription> {
    const owner = ownerOf(clientId)
    this.#sessions.set(owner, this.sessionsOf(owner) + 1)
    return new Map()
  }

  #end(clientId: string): void {
    const owner = ownerOf(clientId)
    const left = this.sessionsOf(owner) - 1
    if (left > 0) this.#sessions.set(owner, left)
    else this.#sessions.delete(owner)
    this.#byClient.delete(clientId)
  }

  #remember(clientId: string, subscription: StoredSubscription): void {
    let stored = this.#byClient.get(clientId)
    if (!stored) this.#byClient.set(clientId, (stored = this.#begin(clientId)))
    const { topic, qos, rh, rap, nl } = subscription
    const waited = (stored.get(topic)?.qos ?? 0) > 0
    stored.set(topic, subscription)
    if (qos > 0) {
      this.#trie.set(topic, clientId, { clientId, topic, qos, rh, rap, nl })
      if (!waited) this.#index?.add(topic)
    } else if (waited) {
      this.#trie.delete(topic, clientId)
      this.#index?.remove(topic)
    }
  }

  #forget(clientId: string, stored: Map<string, StoredSubscription>, topic: string): boolean {
    const subscription = stored.get(topic)
    if (!subscription) return false
    stored.delete(topic)
    if (subscription.qos > 0) {
      this.#trie.delete(topic, clientId)
      this.#index?.remove(topic)
    }
    return true
  }
}
