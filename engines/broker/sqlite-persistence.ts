import { Readable } from 'node:stream'
import type { DatabaseSync } from 'node:sqlite'
import { GroupCommit, openDatabase } from './group-commit.ts'
import { StoredExpiries } from './stored-expiries.ts'
import { StoredOutgoing } from './stored-outgoing.ts'
import type { OutgoingOptions, QueueTarget } from './stored-outgoing.ts'
import type { StoredPacket, StoredSubscription, StoredWill } from './stored-packet.ts'
import { StoredSmall } from './stored-small.ts'
import { StoredSubscriptions } from './stored-subscriptions.ts'
import type { MatchedSubscription } from './stored-subscriptions.ts'
import type { SubscriptionIndex } from './subscription-index.ts'

/** The little that the persistence asks of aedes' client and broker. */
export interface PersistedClient {
  readonly id: string
  readonly connackSent?: boolean
  readonly will?: unknown
  readonly conn?: { readonly destroyed: boolean }
}
export interface PersistingBroker {
  readonly id: string
  readonly clients?: Readonly<Record<string, PersistedClient | undefined>>
}

export interface PersistenceOptions extends Partial<OutgoingOptions> {
  /** A file path, or `:memory:`. */
  readonly dataFile: string
  readonly index?: SubscriptionIndex
  /** aedes stores a SUBSCRIBE's whole list, refused filters included; this says which of it was granted. */
  readonly isGranted?: (subscription: StoredSubscription) => boolean
  readonly onFailed?: (error: unknown) => void
  /** Default the system's clock. */
  readonly nowMs?: () => number
}

/**
 * aedes-persistence 11 on SQLite: everything is answered from memory and written through, one transaction for each turn
 * of the event loop. A promise resolves after its commit, except where losing the write only means sending again.
 */
export class SqlitePersistence {
  readonly subscriptions: StoredSubscriptions
  readonly outgoing: StoredOutgoing
  readonly expiries: StoredExpiries
  readonly #small: StoredSmall
  readonly #database: DatabaseSync
  readonly #commit: GroupCommit
  readonly #isGranted: (subscription: StoredSubscription) => boolean
  #broker: PersistingBroker = { id: '' }
  #destroyed = false

  constructor(options: PersistenceOptions) {
    const { maxQueuedMessages = 1000, onDropped = () => undefined, onFailed = () => undefined } = options
    this.#isGranted = options.isGranted ?? (() => true)
    this.#database = openDatabase(options.dataFile)
    this.#commit = new GroupCommit(this.#database, onFailed)
    this.subscriptions = new StoredSubscriptions(this.#database, this.#commit, options.index)
    this.outgoing = new StoredOutgoing(this.#database, this.#commit, { maxQueuedMessages, onDropped })
    const { nowMs = Date.now } = options
    this.expiries = new StoredExpiries(this.#database, this.#commit, nowMs())
    this.#small = new StoredSmall(this.#database, this.#commit, nowMs)
  }

  get broker(): PersistingBroker {
    return this.#broker
  }

  async setup(broker: PersistingBroker): Promise<void> {
    this.#broker = broker
  }

  async storeRetained(packet: StoredPacket): Promise<void> {
    await this.#small.storeRetained(packet)
  }

  retained(topic: string): StoredPacket | undefined {
    return this.#small.retained(topic)
  }

  createRetainedStream(pattern: string): Readable {
    return this.createRetainedStreamCombi([pattern])
  }

  createRetainedStreamCombi(patterns: readonly string[]): Readable {
    return Readable.from(this.#small.retainedMatching(patterns))
  }

  async addSubscriptions(client: PersistedClient, list: readonly StoredSubscription[]): Promise<void> {
    await this.subscriptions.add(client.id, list.filter(this.#isGranted))
  }

  async removeSubscriptions(client: PersistedClient, topics: readonly string[]): Promise<void> {
    await this.subscriptions.remove(client.id, topics)
  }

  async subscriptionsByClient(client: PersistedClient): Promise<StoredSubscription[]> {
    return this.subscriptions.of(client.id)
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    return { subsCount: this.subscriptions.waiting, clientsCount: this.subscriptions.clients }
  }

  async subscriptionsByTopic(topic: string): Promise<MatchedSubscription[]> {
    return this.subscriptions.match(topic)
  }

  /** aedes calls this when a clean session begins: nothing of an earlier one may remain (MQTT-3.1.2-6). */
  async cleanSubscriptions(client: PersistedClient): Promise<void> {
    await Promise.all([
      this.subscriptions.removeAll(client.id),
      this.outgoing.clearAll(client.id),
      this.expiries.remove(client.id),
    ])
  }

  /** Ends every session whose key starts so. */
  async forget(owner: string): Promise<void> {
    const sessions = this.subscriptions.clientIds().filter((id) => id.startsWith(owner))
    await Promise.all(sessions.map((id) => this.endSession(id)))
  }

  async endSession(id: string): Promise<void> {
    await Promise.all([this.cleanSubscriptions({ id }), this.cleanIncoming({ id })])
  }

  async outgoingEnqueue(target: QueueTarget, packet: StoredPacket): Promise<void> {
    await this.outgoing.enqueue([target], packet)
  }

  async outgoingEnqueueCombi(targets: readonly QueueTarget[], packet: StoredPacket): Promise<void> {
    await this.outgoing.enqueue(targets, packet)
  }

  async outgoingUpdate(client: PersistedClient, packet: StoredPacket): Promise<void> {
    await this.outgoing.update(client.id, packet, client.connackSent === true)
  }

  async outgoingClearMessageId(
    client: PersistedClient,
    packet: StoredPacket,
  ): Promise<StoredPacket | undefined> {
    // Nothing may go out before CONNACK (MQTT-3.2.0-1): what arrives while a session is being restored stays queued.
    if (packet.messageId === undefined && client.connackSent === false) return undefined
    if (client.conn?.destroyed === true) return undefined
    return this.outgoing.clear(client.id, packet)
  }

  outgoingStream(client: PersistedClient): Readable {
    return Readable.from(this.outgoing.packets(client.id))
  }

  async incomingStorePacket(client: PersistedClient, { messageId = 0 }: StoredPacket): Promise<void> {
    await this.#small.storeIncoming(client.id, messageId)
  }

  /** Puts the identifier of a QoS 2 message into the same commit as what it caused. */
  noteIncoming(clientId: string, messageId: number): Promise<void> {
    return this.#small.noteIncoming(clientId, messageId)
  }

  hasIncoming(clientId: string, messageId: number | undefined): boolean {
    return messageId !== undefined && this.#small.hasIncoming(clientId, messageId)
  }

  unreleased(clientId: string): number {
    return this.#small.unreleased(clientId)
  }

  /** aedes asks whether there is one, and uses nothing of it. */
  async incomingGetPacket(client: PersistedClient, { messageId }: StoredPacket): Promise<StoredPacket> {
    if (!this.hasIncoming(client.id, messageId)) throw new Error('no such packet')
    return { cmd: 'publish', messageId }
  }

  async incomingDelPacket(client: PersistedClient, packet: StoredPacket): Promise<void> {
    if (!(await this.#small.deleteIncoming(client.id, packet.messageId))) throw new Error('no such packet')
  }

  async cleanIncoming(client: PersistedClient): Promise<void> {
    await this.#small.cleanIncoming(client.id)
  }

  async putWill(client: PersistedClient, will: StoredWill): Promise<void> {
    will.brokerId = this.#broker.id
    will.clientId = client.id
    await this.#small.putWill(client.id, will)
  }

  async getWill(client: PersistedClient): Promise<StoredWill | undefined> {
    return this.#small.will(client.id)
  }

  async delWill(client: PersistedClient): Promise<StoredWill | undefined> {
    // A connection that was taken over deletes its will late; it must not take the successor's with it.
    const successor = this.#broker.clients?.[client.id]
    if (successor && successor !== client && successor.will) return undefined
    return this.#small.deleteWill(client.id)
  }

  streamWill(brokers: Readonly<Record<string, unknown>> = {}): Readable {
    return Readable.from(this.wills().filter((will) => !brokers[will.brokerId ?? '']))
  }

  wills(): StoredWill[] {
    return this.#small.wills()
  }

  getClientList(topic: string): Readable {
    return Readable.from(this.subscriptions.clientsOf(topic))
  }

  async destroy(): Promise<void> {
    if (this.#destroyed) throw new Error('destroyed called twice')
    this.#destroyed = true
    this.#commit.flush()
    this.#database.close()
  }
}
