import type { DatabaseSync } from 'node:sqlite'
import type { GroupCommit } from './group-commit.ts'
import { isPast, ownPayload, storedPayload, willHeader } from './stored-packet.ts'
import type { StoredPacket, StoredWill } from './stored-packet.ts'
import { TopicTrie } from './topic-trie.ts'

/** Retained messages, the identifiers of QoS 2 messages being received, and last wills. */
export class StoredSmall {
  readonly #retained = new Map<string, StoredPacket>()
  readonly #incoming = new Map<string, Set<number>>()
  readonly #wills = new Map<string, StoredWill>()
  readonly #commit: GroupCommit
  readonly #nowMs: () => number
  readonly #statements

  constructor(database: DatabaseSync, commit: GroupCommit, nowMs: () => number) {
    this.#commit = commit
    this.#nowMs = nowMs
    this.#statements = {
      retain: database.prepare('INSERT OR REPLACE INTO retained VALUES (?, ?, ?, ?)'),
      unretain: database.prepare('DELETE FROM retained WHERE topic = ?'),
      receive: database.prepare('INSERT OR IGNORE INTO incoming VALUES (?, ?)'),
      released: database.prepare('DELETE FROM incoming WHERE client_id = ? AND message_id = ?'),
      clean: database.prepare('DELETE FROM incoming WHERE client_id = ?'),
      putWill: database.prepare('INSERT OR REPLACE INTO will VALUES (?, ?, ?)'),
      deleteWill: database.prepare('DELETE FROM will WHERE client_id = ?'),
    }
    for (const row of database.prepare('SELECT * FROM retained').iterate()) {
      const topic = String(row['topic'])
      const qos = Number(row['qos'])
      this.#retained.set(topic, {
        cmd: 'publish',
        topic,
        qos,
        retain: true,
        payload: storedPayload(row['payload']),
        ...(row['expires_at'] === null ? {} : { messageExpiry: Number(row['expires_at']) }),
      })
    }
    for (const row of database.prepare('SELECT client_id, message_id FROM incoming').iterate()) {
      this.#rememberIncoming(String(row['client_id']), Number(row['message_id']))
    }
    for (const row of database.prepare('SELECT client_id, header, payload FROM will').iterate()) {
      const header = willHeader.parse(JSON.parse(String(row['header'])))
      this.#wills.set(String(row['client_id']), { ...header, payload: storedPayload(row['payload']) })
    }
  }

  /** An empty payload takes the retained message away (MQTT-3.3.1-10). */
  async storeRetained(packet: StoredPacket): Promise<void> {
    const { topic = '', qos = 0 } = packet
    const payload = ownPayload(packet.payload ?? '')
    if (payload.length === 0) {
      await this.#unretain(topic)
      return
    }
    this.#retained.set(topic, { ...packet, payload })
    await this.#commit.write(this.#statements.retain, topic, qos, payload, packet.messageExpiry ?? null)
  }

  async #unretain(topic: string): Promise<void> {
    if (this.#retained.delete(topic)) await this.#commit.write(this.#statements.unretain, topic)
  }

  /** Undefined where there is none, or none that is not past. */
  retained(topic: string): StoredPacket | undefined {
    const packet = this.#retained.get(topic)
    if (packet === undefined || !isPast(packet, this.#nowMs())) return packet
    void this.#unretain(topic)
    return undefined
  }

  *retainedMatching(filters: readonly string[]): Generator<StoredPacket> {
    for (const filter of filters) {
      const exact = this.retained(filter)
      if (exact) yield exact
      if (!/[#+]/u.test(filter)) continue
      const matcher = new TopicTrie<true>()
      matcher.set(filter, '', true)
      for (const topic of this.#retained.keys()) {
        const packet = matcher.matches(topic) ? this.retained(topic) : undefined
        if (packet !== undefined) yield packet
      }
    }
  }

  /** Its identifier only: the message itself went on when it came, and nobody asks for it again. */
  async storeIncoming(clientId: string, messageId: number): Promise<void> {
    this.#rememberIncoming(clientId, messageId)
    await this.noteIncoming(clientId, messageId)
  }

  noteIncoming(clientId: string, messageId: number): Promise<void> {
    return this.#commit.write(this.#statements.receive, clientId, messageId)
  }

  hasIncoming(clientId: string, messageId: number): boolean {
    return this.#incoming.get(clientId)?.has(messageId) === true
  }

  /** QoS 2 messages that were received and not released (PUBREL) yet. */
  unreleased(clientId: string): number {
    return this.#incoming.get(clientId)?.size ?? 0
  }

  async deleteIncoming(clientId: string, messageId: number | undefined): Promise<boolean> {
    const store = this.#incoming.get(clientId)
    if (messageId === undefined || !store?.delete(messageId)) return false
    if (store.size === 0) this.#incoming.delete(clientId)
    await this.#commit.write(this.#statements.released, clientId, messageId)
    return true
  }

  async cleanIncoming(clientId: string): Promise<void> {
    if (this.#incoming.delete(clientId)) await this.#commit.write(this.#statements.clean, clientId)
  }

  will(clientId: string): StoredWill | undefined {
    return this.#wills.get(clientId)
  }

  wills(): StoredWill[] {
    return [...this.#wills.values()]
  }

  async putWill(clientId: string, will: StoredWill): Promise<void> {
    const { payload, ...header } = will
    this.#wills.set(clientId, will)
    await this.#commit.write(this.#statements.putWill, clientId, JSON.stringify(header), payload)
  }

  async deleteWill(clientId: string): Promise<StoredWill | undefined> {
    const will = this.#wills.get(clientId)
    if (!will) return undefined
    this.#wills.delete(clientId)
    await this.#commit.write(this.#statements.deleteWill, clientId)
    return will
  }

  #rememberIncoming(clientId: string, messageId: number): void {
    const known = this.#incoming.get(clientId)
    if (known) known.add(messageId)
    else this.#incoming.set(clientId, new Set([messageId]))
  }
}
