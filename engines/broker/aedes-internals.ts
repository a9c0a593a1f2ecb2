/** The parts of aedes 1.2 that its types leave out or get wrong, narrowed to what is used here. */
import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Aedes } from 'aedes'
import type { AedesOptions } from 'aedes'
import type { Session } from './session.ts'
import type { SqlitePersistence } from './sqlite-persistence.ts'
import type { StoredPacket, StoredSubscription, StoredWill } from './stored-packet.ts'

export type Done = (error?: Error | null) => void

export interface WireParser {
  /** The whole CONNECT, once it is parsed; what comes after is read by these two. */
  settings: { readonly protocolVersion?: number; readonly bridgeMode?: boolean }
  parse(chunk: Buffer): number
}

export interface AedesClient {
  id: string
  readonly clean: boolean
  readonly closed: boolean
  readonly connected: boolean
  readonly connackSent: boolean
  readonly conn: Duplex
  readonly will: StoredWill | null
  /** The last will as CONNECT brought it, before the session is set up. */
  readonly _will: StoredWill | null
  /** Whether the client said DISCONNECT. */
  readonly _disconnected: boolean
  readonly _parser: WireParser
  readonly _keepaliveTimer: NodeJS.Timeout | null
  readonly subscriptions: Readonly<Record<string, { readonly qos: number }>>
  session?: Session
  emit(event: 'error', error: Error): boolean
  close(done?: () => void): void
  /** To this one alone. */
  publish(packet: StoredPacket, done: () => void): void
  /** Reads on, unless what was read before is not dealt with yet. */
  readonly _nextBatch: () => void
}

export interface WirePublish extends StoredPacket {
  topic: string
  payload: Buffer
  qos: 0 | 1 | 2
  retain: boolean
  /** Set by our hooks: what is left to do when aedes comes to its publish step. */
  accepted?: StoredPacket | 'nobody listens'
  /** Its sender isn't held back by subscribers that read slowly. */
  emitsFreely?: boolean
}

export interface ConnectPacket {
  readonly protocolVersion?: number
  readonly bridgeMode?: boolean
  readonly clientId: string
  readonly clean: boolean
}

interface Emitter {
  emit(packet: StoredPacket, done: Done): void
}

export interface AedesInternals extends EventEmitter {
  readonly id: string
  counter: number
  readonly connectedClients: number
  readonly closed: boolean
  readonly maxTopicLevels: number
  readonly mq: Emitter
  readonly persistence: SqlitePersistence
  readonly clients: Readonly<Record<string, AedesClient | undefined>>
  listen(): Promise<void>
  handle(conn: Duplex, request?: IncomingMessage): AedesClient
  publish(packet: StoredPacket, client: AedesClient | Done | null, done?: Done): void
  subscribe(filter: string, deliver: unknown, done?: Done): void
  unsubscribe(filter: string, deliver: unknown, done?: Done): void
  unregisterClient(client: AedesClient): void
  _finishRegisterClient(client: AedesClient): void
  close(done: () => void): void
}

export interface AedesHooks {
  preConnect(
    client: AedesClient,
    packet: ConnectPacket,
    done: (error: Error | null, ok: boolean) => void,
  ): void
  authenticate(
    client: AedesClient,
    username: string | undefined,
    password: Buffer | undefined,
    done: (error: (Error & { returnCode: number }) | null, ok: boolean) => void,
  ): void
  authorizePublish(client: AedesClient | null, packet: WirePublish, done: Done): void
  authorizeSubscribe(
    client: AedesClient,
    subscription: StoredSubscription,
    done: (error: Error | null, granted?: StoredSubscription | null) => void,
  ): void
  authorizeForward(client: AedesClient, packet: StoredPacket): StoredPacket | null
}

type HookNames =
  | 'preConnect'
  | 'authenticate'
  | 'authorizePublish'
  | 'authorizeSubscribe'
  | 'authorizeForward'
export type InternalOptions = Omit<AedesOptions, HookNames> & AedesHooks

// oxlint-disable-next-line no-unsafe-type-assertion -- aedes' own types describe less than its class has
export const AedesBase = Aedes as unknown as new (options: InternalOptions) => AedesInternals
