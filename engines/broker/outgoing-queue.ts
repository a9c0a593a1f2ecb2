import type { StoredPacket } from './stored-packet.ts'

export interface QueueEntry {
  /** Place in the queue, and the row's key on disk. */
  readonly seq: number
  packet: StoredPacket
}

const counterKey = (packet: StoredPacket): string | undefined =>
  packet.brokerId === undefined ? undefined : `${packet.brokerId}:${packet.brokerCounter ?? 0}`

/** One session's messages that are not yet acknowledged, oldest first, findable by packet identifier and by origin. */
export class OutgoingQueue {
  readonly #entries = new Map<number, QueueEntry>()
  readonly #byMessageId = new Map<number, QueueEntry>()
  readonly #byCounter = new Map<string, QueueEntry>()

  get size(): number {
    return this.#entries.size
  }

  packets(): StoredPacket[] {
    return Array.from(this.#entries.values(), (entry) => entry.packet)
  }

  add(entry: QueueEntry): void {
    this.#entries.set(entry.seq, entry)
    const key = counterKey(entry.packet)
    if (key !== undefined) this.#byCounter.set(key, entry)
    if (entry.packet.messageId !== undefined) this.#byMessageId.set(entry.packet.messageId, entry)
  }

  /** The entry that a packet is about: by where it came from, else by its packet identifier. */
  find(packet: StoredPacket): QueueEntry | undefined {
    const key = counterKey(packet)
    const byOrigin = key === undefined ? undefined : this.#byCounter.get(key)
    if (byOrigin) return byOrigin
    return packet.messageId === undefined ? undefined : this.#byMessageId.get(packet.messageId)
  }

  findByMessageId(messageId: number): QueueEntry | undefined {
    return this.#byMessageId.get(messageId)
  }

  /** The wanted packet identifier, or the next one that no other message of the session uses (MQTT-2.3.1-2). */
  freeMessageId(wanted: number): number {
    let id = wanted
    while (this.#byMessageId.has(id)) id = id >= 65_535 ? 1 : id + 1
    return id
  }

  assign(entry: QueueEntry, messageId: number): void {
    entry.packet.messageId = messageId
    this.#byMessageId.set(messageId, entry)
  }

  replace(entry: QueueEntry, packet: StoredPacket): void {
    this.remove(entry)
    entry.packet = packet
    this.add(entry)
  }

  remove(entry: QueueEntry): void {
    this.#entries.delete(entry.seq)
    const key = counterKey(entry.packet)
    if (key !== undefined) this.#byCounter.delete(key)
    if (entry.packet.messageId !== undefined) this.#byMessageId.delete(entry.packet.messageId)
  }

  oldest(): QueueEntry | undefined {
    return this.#entries.values().next().value
  }
}
