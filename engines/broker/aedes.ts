import { mkdir } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions } from 'node:tls'
import mqttPacket from 'mqtt-packet'
import { AedesCore } from './aedes-core.ts'
import { createHooks } from './aedes-hooks.ts'
import type { HookContext } from './hook-context.ts'
import type { AedesClient } from './aedes-internals.ts'
import { openListeners, verifiedCertificate } from './aedes-listeners.ts'
import type { TlsListener } from './aedes-listeners.ts'
import { coalesceWrites, EndOfTurn } from './coalesce-writes.ts'
import { Connections } from './connections.ts'
import { ExpressLane } from './express-lane.ts'
import { guardReads } from './guard-reads.ts'
import { PacketLimit } from './packet-limit.ts'
import { Allowances, type AllowancesOptions } from '../../nodes/platform/allowances.ts'
import { PendingConnections } from '../../nodes/platform/pending-connections.ts'
import type { Broker, BrokerGate, BrokerStatistics } from '../../nodes/platform/broker/port.ts'
import { translateMqtt5 } from './mqtt5/translate.ts'
import { publishLeftWills } from './left-wills.ts'
import { safeGate } from './safe-gate.ts'
import { HeldWills } from './held-wills.ts'
import { Session, deviceSessions } from './session.ts'
import { SqlitePersistence } from './sqlite-persistence.ts'
import { SubscriptionIndex } from './subscription-index.ts'

/** What a packet may carry beside its payload: fixed header, topic, packet identifier. */
const HEADER_ALLOWANCE_BYTES = 4096
/** What waits for a session that has ended goes so soon; its client finds a new one in any case. */
const expirySweepMs = 30_000
// Else it keeps a buffer for each number there may be, 65,536 of them: 9 MB for what nearly all acknowledgments pass by.
mqttPacket.writeToStream.cacheNumbers = false

export interface BrokerLogger {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface AedesBrokerOptions {
  readonly gate: BrokerGate
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** A second listener, for MQTT over TLS. */
  readonly tls?: TlsListener
  /** Where sessions, retained messages and queues are kept; its folder is made. */
  readonly dataFile: string
  readonly logger: BrokerLogger
  /** Of a client over WebSocket, who may have come through a proxy; whoever is at the other end if absent. */
  readonly addressOf?: (request: IncomingMessage) => string
  /** Addresses whose connections keep breaking the protocol; counted for this broker alone if absent. */
  readonly offences?: Allowances
  readonly maxPayloadBytes?: number
  readonly maxConnections?: number
  /** How many connections may be there that have not proved who they are; past it the oldest of them goes. */
  readonly maxPendingConnections?: number
  /** How many connections one device may hold; past it its oldest goes. */
  readonly maxConnectionsPerDevice?: number
  /** How often one device may connect. */
  readonly connectsOfDevice?: AllowancesOptions
  /** QoS 2 messages that one session may leave unreleased (no PUBREL); past it the connection is closed. */
  readonly maxUnreleased?: number
  /** Messages that wait for one stored session; past it the oldest goes. */
  readonly maxQueuedMessages?: number
  readonly maxSubscriptions?: number
  readonly maxSessionsPerDevice?: number
  /** How long a connection may take to send CONNECT. */
  readonly connectTimeoutMs?: number
  /** How long a client may leave its socket unread before it is disconnected. */
  readonly drainTimeoutMs?: number
  /** Bytes that may wait to be written to one client. */
  readonly maxUnsentBytes?: number
  /** Default the system's clock. */
  readonly nowMs?: () => number
}

export interface AedesBroker extends Broker {
  readonly port: number
  readonly tlsPort: number | undefined
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  renewCertificate(options: SecureContextOptions): void
  /** For a device that is deleted: disconnects it and ends its stored sessions with all that waits for them. */
  forget(orgId: string, deviceId: string): Promise<void>
  statistics(): BrokerStatistics & { readonly queued: number; readonly dropped: number }
}

export async function openAedesBroker(options: AedesBrokerOptions): Promise<AedesBroker> {
  const { logger, maxPayloadBytes = 65_536, maxConnections = 20_000, offences = new Allowances() } = options
  const { nowMs = Date.now } = options
  const heldWills = new HeldWills()
  const maxPacketBytes = maxPayloadBytes + HEADER_ALLOWANCE_BYTES
  const maxUnreleased = options.maxUnreleased ?? 100
  const gate = safeGate(options.gate, (hook, error) => logger.error({ hook, error }, 'broker gate failed'))
  const index = new SubscriptionIndex()
  const granted = new WeakSet<object>()
  if (options.dataFile !== ':memory:') await mkdir(path.dirname(options.dataFile), { recursive: true })
  const persistence = new SqlitePersistence({
    dataFile: options.dataFile,
    index,
    isGranted: (subscription) => granted.has(subscription),
    ...(options.maxQueuedMessages === undefined ? {} : { maxQueuedMessages: options.maxQueuedMessages }),
    onDropped: dropLog(logger),
    onFailed: (error) => logger.error({ error }, 'broker store failed'),
    nowMs,
  })
  const context: HookContext = {
    gate,
    get core() {
      return core
    },
    connects: new Allowances(options.connectsOfDevice ?? { perSecond: 5, burst: 50 }),
    offences,
    connections: new Connections(options.maxConnectionsPerDevice ?? 8),
    granted,
    heldWills,
    nowMs,
    maxPayloadBytes,
    maxUnreleased,
    maxSubscriptions: options.maxSubscriptions ?? 100,
    maxUnsentBytes: options.maxUnsentBytes ?? 4_194_304,
    maxSessionsPerDevice: options.maxSessionsPerDevice ?? 8,
    onThrown: (hook, error) => logger.error({ hook, error }, 'broker hook failed'),
  }
  const core = new AedesCore(
    {
      ...createHooks(() => context),
      persistence,
      // No limit: with one, a hundred messages to a client that doesn't read would hold up everybody's.
      concurrency: 0,
      connectTimeout: options.connectTimeoutMs ?? 10_000,
      drainTimeout: options.drainTimeoutMs ?? 20_000,
      maxInflightInbound: maxUnreleased,
    },
    index,
  )
  const open = new Set<Duplex>()
  const pending = new PendingConnections<Duplex>(options.maxPendingConnections ?? 1000)
  core.on('error', (error: unknown) => logger.error({ error }, 'broker failed'))
  core.on('client', ({ conn, id, session }: AedesClient) => {
    pending.proved(conn)
    if (session === undefined) return
    heldWills.cameBack(id, !session.clean && !session.startsAnew)
    if (!session.clean) void persistence.expiries.connected(id, session.expiryMs)
    if (session.principal) gate.connected(session.principal)
  })
  core.on('clientDisconnect', ({ id, session, _disconnected: clean }: AedesClient) => {
    if (session?.principal) gate.disconnected(session.principal, clean)
    if (session?.clean === false) void persistence.expiries.left(id, nowMs(), session.expiryMs)
  })
  core.on('unsubscribe', (filters: readonly string[], { session }: AedesClient) => {
    for (const filter of filters) session?.filters.delete(filter)
  })
  for (const [event, what] of connectionFailures) {
    core.on(event, ({ session }: AedesClient, error: Error) => {
      logger.debug({ who: session?.who, error: error.message }, what)
      if (session !== undefined && isOffence(error)) offences.spend(session.address)
    })
  }
  await core.listen()
  await publishLeftWills(core, gate, heldWills, (error) =>
    logger.error({ error }, 'a last will of before the restart was not published'),
  )

  const endOfTurn = new EndOfTurn()
  const accept = (conn: Duplex, address: string, request?: IncomingMessage): void => {
    // Those that come over WebSocket have waited before.
    const waitMs = request === undefined ? offences.waitMs(address) : 0
    if (waitMs === undefined) {
      conn.on('error', () => undefined).destroy()
      return
    }
    if (core.closed || open.size >= maxConnections) {
      gate.refused({ action: 'connect', detail: 'too many connections', who: address })
      conn.on('error', () => undefined).destroy()
      return
    }
    open.add(conn)
    pending.add(conn)?.destroy()
    conn.once('close', () => open.delete(conn))
    if (waitMs === 0) serve(conn, address, request)
    else {
      conn.on('error', () => undefined)
      setTimeout(() => {
        if (!conn.destroyed && !core.closed) serve(conn, address, request)
      }, waitMs)
    }
  }
  const serve = (conn: Duplex, address: string, request?: IncomingMessage): void => {
    const session = new Session(address, 2 * maxPacketBytes, verifiedCertificate(conn))
    translateMqtt5(conn, {
      maxPacketBytes,
      maxUnreleased,
      nowMs,
      onTranslated: (expiries) => void (session.messageExpiries = expiries),
      onSession: ({ expiryMs, startsAnew, willDelayMs }) =>
        Object.assign(session, { startsAnew, expiryMs, willDelayMs: Math.min(willDelayMs, expiryMs) }),
      onViolation: (detail) =>
        gate.refused({ action: session.principal ? 'publish' : 'connect', detail, who: session.who }),
    })
    const client = core.handle(conn, request)
    client.session = session
    coalesceWrites(conn, endOfTurn)
    const lane = new ExpressLane(context, client, session)
    guardReads(conn, client, new PacketLimit(maxPacketBytes), lane, (detail) => {
      gate.refused({ action: session.principal ? 'publish' : 'connect', detail, who: session.who })
      client.emit('error', new Error(detail))
    })
  }
  const listeners = await openListeners({
    host: options.host,
    port: options.port,
    tls: options.tls,
    maxFrameBytes: 4 * maxPacketBytes,
    accept,
    addressOf: options.addressOf ?? (({ socket }) => socket.remoteAddress ?? ''),
    onError: (listener, error) => logger.debug({ listener, error: error.message }, 'listener error'),
  }).catch(async (error: unknown) => {
    await new Promise<void>((resolve) => core.close(resolve))
    await persistence.destroy()
    throw error
  })

  const sweep = setInterval(() => {
    for (const id of persistence.expiries.ended(nowMs())) void persistence.endSession(id)
  }, expirySweepMs).unref()
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    listeners.stop()
    clearInterval(sweep)
    await new Promise<void>((resolve) => core.close(resolve))
    for (const conn of open) conn.destroy()
    heldWills.close()
    await core.willsSettled()
    await new Promise((resolve) => setImmediate(resolve))
    await persistence.destroy()
  }
  return {
    port: listeners.port,
    tlsPort: listeners.tlsPort,
    handleUpgrade: (request, socket, head) => listeners.handleUpgrade(request, socket, head),
    renewCertificate: (renewed) => listeners.renewCertificate(renewed),
    publish: (message) => core.publishAccepted(message, nowMs()),
    disconnect: (deviceId) => context.connections.disconnect(deviceId),
    async forget(orgId, deviceId) {
      await context.connections.disconnect(deviceId)
      await persistence.forget(deviceSessions(orgId, deviceId))
    },
    statistics: () => ({
      connections: core.connectedClients,
      subscriptions: index.filters,
      queued: persistence.outgoing.queued,
      dropped: persistence.outgoing.dropped,
    }),
    trouble: undefined,
    close: () => (closed ??= close()),
  }
}

const connectionFailures = [
  ['clientError', 'connection failed'],
  ['connectionError', 'connection failed before it was accepted'],
] as const

/** A CONNECT that is refused is the gate's to count, and what the system reports, such as a reset, breaks no rule. */
const isOffence = (error: Error): boolean => !('errorCode' in error) && !('syscall' in error)

/** One line when it begins and then one for every thousand: a full queue would otherwise fill the log as well. */
function dropLog(logger: BrokerLogger): (session: string, dropped: number) => void {
  return (session, dropped) => {
    if (dropped % 1000 === 1)
      logger.warn({ session, dropped }, 'a session has too much waiting, oldest dropped')
  }
}
