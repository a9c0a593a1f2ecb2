import type { DatabaseSync } from 'node:sqlite'
import type { GroupCommit } from './group-commit.ts'
import { OutgoingQueue } from './outgoing-queue.ts'
import type { QueueEntry } from './outgoing-queue.ts'
import { forQueue, packetHeader, storedPayload } from './stored-packet.ts'
import type { StoredPacket } from './stored-packet.ts'

export interface QueueTarget {
  readonly clientId: string
  readonly qos?: number | undefined
}

export interface OutgoingOptions {
  /** Messages that one session may have waiting; past it the oldest goes. */
  readonly maxQueuedMessages: number
  readonly onDropped: (clientId: string, droppedInAll: number) => void
}

/** The QoS 1 and 2 messages on their way to stored sessions. */
export class StoredOutgoing {
  readonly #queues = new Map<string, OutgoingQueue>()
  readonly #commit: GroupCommit
  readonly #options: OutgoingOptions
  readonly #statements
  #seq = 0
  #queued = 0
  #dropped = 0

  constructor(database: DatabaseSync, commit: GroupCommit, options: OutgoingOptions) {
    this.#commit = commit
    this.#options = options
    this.#statements = {
      add: database.prepare('INSERT INTO outgoing (seq, client_id, header, payload) VALUES (?, ?, ?, ?)'),
      assign: database.prepare('UPDATE outgoing SET message_id = ? WHERE seq = ?'),
      replace: database.prepare(
        'UPDATE outgoing SET header = ?, message_id = ?, payload = NULL WHERE seq = ?',
      ),
      remove: database.prepare('DELETE FROM outgoing WHERE seq = ?'),
      removeAll: database.prepare('DELETE FROM outgoing WHERE client_id = ?'),
    }
    for (const row of database.prepare('SELECT * FROM outgoing ORDER BY seq').iterate()) this.#load(row)
  }

  get queued(): number {
    return this.#queued
  }

  get dropped(): number {
    return this.#dropped
  }

  packets(clientId: string): StoredPacket[] {
    return this.#queues.get(clientId)?.packets() ?? []
  }

  /** One copy for each session, however many of its filters match, at the best QoS granted (MQTT-3.3.5-1). */
  async enqueue(targets: readonly QueueTarget[], packet: StoredPacket): Promise<void> {
    const best = new Map<string, number>()
    for (const { clientId, qos = 2 } of targets) best.set(clientId, Math.max(best.get(clientId) ?? 0, qos))
    let written: Promise<void> | undefined
    for (const [clientId, granted] of best) {
      const copy = forQueue(packet, Math.min(granted, packet.qos ?? 0))
      this.#add(clientId, { seq: ++this.#seq, packet: copy })
      const { payload, ...header } = copy
      written = this.#commit.write(
        this.#statements.add,
        this.#seq,
        clientId,
        JSON.stringify(header),
        payload ?? '',
      )
    }
    await written
  }

  /**
   * Gives a message its packet identifier, or turns a PUBLISH into the PUBREL that follows it. A message keeps the
   * identifier of its first sending (MQTT-4.4.0-1): the packet is changed to it, and marked as sent again.
   */
  async update(clientId: string, packet: StoredPacket, live: boolean): Promise<void> {
    const queue = this.#queues.get(clientId)
    // Unknown here (a retained message, or one dropped for room): aedes may go on without a stored copy.
    if (!queue) return
    if (packet.cmd !== 'publish') return this.#release(queue, packet)
    const entry = queue.find(packet)
    if (!entry) return
    const known = entry.packet.messageId
    if (known === undefined) {
      if (packet.messageId === undefined) return
      packet.messageId = queue.freeMessageId(packet.messageId)
      queue.assign(entry, packet.messageId)
      const written = this.#commit.write(this.#statements.assign, packet.messageId, entry.seq)
      // QoS 1 may be sent twice after a crash, so its identifier needn't be on disk before it goes out.
      if (entry.packet.qos === 2) await written
      return
    }
    packet.messageId = known
    // MQTT-3.3.1-1: DUP is set on every delivery after the first.
    if (live) packet.dup = true
  }

  /** Takes a message out: acknowledged, or without an identifier (never to be sent). Losing this only sends again. */
  clear(clientId: string, packet: StoredPacket): StoredPacket | undefined {
    const queue = this.#queues.get(clientId)
    if (!queue) return undefined
    const entry =
      packet.messageId === undefined ? queue.find(packet) : queue.findByMessageId(packet.messageId)
    if (!entry) return undefined
    this.#remove(clientId, queue, entry)
    return entry.packet
  }

  async clearAll(clientId: string): Promise<void> {
    const queue = this.#queues.get(clientId)
    if (!queue) return
    this.#queued -= queue.size
    this.#queues.delete(clientId)
    await this.#commit.write(this.#statements.removeAll, clientId)
  }

  async #release(queue: OutgoingQueue, packet: StoredPacket): Promise<void> {
    const entry = packet.messageId === undefined ? undefined : queue.findByMessageId(packet.messageId)
    if (!entry) return
    const pubrel: StoredPacket = { cmd: packet.cmd, messageId: packet.messageId }
    queue.replace(entry, pubrel)
    await this.#commit.write(
      this.#statements.replace,
      JSON.stringify({ cmd: pubrel.cmd }),
      pubrel.messageId ?? null,
      entry.seq,
    )
  }

  #add(clientId: string, entry: QueueEntry): void {
    let queue = this.#queues.get(clientId)
    if (!queue) this.#queues.set(clientId, (queue = new OutgoingQueue()))
    const oldest = queue.size >= this.#options.maxQueuedMessages ? queue.oldest() : undefined
    queue.add(entry)
    this.#queued += 1
    if (!oldest) return
    this.#remove(clientId, queue, oldest)
    this.#dropped += 1
    this.#options.onDropped(clientId, this.#dropped)
  }

  #remove(clientId: string, queue: OutgoingQueue, entry: QueueEntry): void {
    queue.remove(entry)
    this.#queued -= 1
    if (queue.size === 0) this.#queues.delete(clientId)
    void this.#commit.write(this.#statements.remove, entry.seq)
  }

  #load(row: Record<string, unknown>): void {
    const packet = packetHeader.parse(JSON.parse(String(row['header'])))
    if (packet.cmd === 'publish') packet.payload = storedPayload(row['payload'])
    if (row['message_id'] !== null) packet.messageId = Number(row['message_id'])
    this.#seq = Number(row['seq'])
    this.#add(String(row['client_id']), { seq: this.#seq, packet })
  }
}
