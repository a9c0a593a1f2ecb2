/**
 * MQTT 5 in terms of 3.1.1, packet by packet: what a client of version 5 says as aedes understands it, and what aedes
 * answers as the client does. What we don't offer is said in CONNACK, and refused when it is asked for all the same.
 */
import type {
  IConnackPacket,
  IConnectPacket,
  IDisconnectPacket,
  IPublishPacket,
  ISubscribePacket,
  Packet,
} from 'mqtt-packet'

/** Reason codes (MQTT 5, 2.4). */
export const reasons = {
  malformedPacket: 0x81,
  protocolError: 0x82,
  badAuthenticationMethod: 0x8c,
  notAuthorized: 0x87,
  serverShuttingDown: 0x8b,
  keepAliveTimeout: 0x8d,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  unspecified: 0x80,
  subscriptionIdentifiersNotSupported: 0xa1,
} as const
export type Reason = (typeof reasons)[keyof typeof reasons]

/** CONNACK return codes (3.1.1, table 3.1) as reason codes. */
const connackReasons: Readonly<Record<number, number>> = {
  0: 0x00,
  1: 0x84,
  2: 0x85,
  3: 0x88,
  4: 0x86,
  5: 0x87,
}
const refusedBefore = 0x80
const disconnectWithWill = 0x04
/** An expiry interval that means never (MQTT 5, 3.1.2.11.2). */
const neverExpires = 0xffff_ffff

/** What is remembered of a connection, to translate its answers. */
export interface Connection5 {
  isConnected: boolean
  /** The session outlives the connection. */
  isKept: boolean
  /** What was kept before is not wanted. */
  startsAnew: boolean
  /** Given by us, where the client left it to us. */
  assignedClientId: string | undefined
  /** The client said that it goes. */
  hasLeft: boolean
  /** How long the session outlives the connection. */
  expiryMs: number
  willDelayMs: number
  /** Messages that the client takes at once without acknowledging one. */
  receiveMaximum: number
  /** Larger packets the client does not take. */
  maxPacketBytes: number
  /** Topics of each UNSUBSCRIBE that is not answered. */
  readonly unsubscribing: Map<number, number>
}

export const newConnection5 = (): Connection5 => ({
  isConnected: false,
  isKept: false,
  startsAnew: false,
  assignedClientId: undefined,
  hasLeft: false,
  expiryMs: 0,
  willDelayMs: 0,
  receiveMaximum: 65_535,
  maxPacketBytes: Infinity,
  unsubscribing: new Map(),
})

export type Inbound =
  | { readonly kind: 'packet'; readonly packet: Packet }
  /** The connection ends, and the client is told why. */
  | { readonly kind: 'refused'; readonly reason: Reason; readonly detail: string }
  /** It ends as if it had broken: the last will is due. */
  | { readonly kind: 'broken' }

const refused = (reason: Reason, detail: string): Inbound => ({ kind: 'refused', reason, detail })
const passed = (packet: Packet): Inbound => ({ kind: 'packet', packet })

/** From the client. @param newId what makes a client id of its own for a user, where the client has none */
export function fromClient(
  connection: Connection5,
  packet: Packet,
  newId: (username: string) => string,
): Inbound {
  if (needsId(packet) && !((packet.messageId ?? 0) > 0))
    return refused(reasons.malformedPacket, `${packet.cmd} without a packet identifier`)
  switch (packet.cmd) {
    case 'connect':
      return connect(connection, packet, newId)
    case 'publish':
      return publish(packet)
    case 'subscribe':
      return subscribe(packet)
    case 'unsubscribe':
      connection.unsubscribing.set(packet.messageId ?? 0, packet.unsubscriptions.length)
      return passed({ ...bare(packet), cmd: 'unsubscribe', unsubscriptions: packet.unsubscriptions })
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return passed({ ...bare(packet), cmd: packet.cmd })
    case 'pingreq':
      return passed({ cmd: 'pingreq' })
    case 'disconnect':
      return disconnect(connection, packet)
    case 'auth':
      return refused(reasons.protocolError, 'AUTH without an authentication method')
    case 'connack':
    case 'suback':
    case 'unsuback':
    case 'pingresp':
    default:
      return refused(reasons.protocolError, `${packet.cmd} from a client`)
  }
}

const withId: ReadonlySet<string> = new Set([
  'subscribe',
  'unsubscribe',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
])

const needsId = (packet: Packet): boolean =>
  withId.has(packet.cmd) || (packet.cmd === 'publish' && packet.qos > 0)

const bare = ({ messageId }: Packet): { messageId?: number } => (messageId === undefined ? {} : { messageId })

function connect(
  connection: Connection5,
  packet: IConnectPacket,
  newId: (username: string) => string,
): Inbound {
  const { keepalive, password, properties, username, will } = packet
  if (properties?.authenticationMethod !== undefined)
    return refused(reasons.badAuthenticationMethod, 'only user name and password are offered')
  const cleanStart = packet.clean !== false
  connection.expiryMs = msOf(properties?.sessionExpiryInterval)
  connection.isKept = connection.expiryMs > 0
  connection.willDelayMs = msOf(will?.properties?.willDelayInterval)
  connection.receiveMaximum = properties?.receiveMaximum ?? connection.receiveMaximum
  connection.startsAnew = cleanStart && connection.isKept
  connection.maxPacketBytes = properties?.maximumPacketSize ?? Infinity
  if (packet.clientId === '' && username !== undefined) connection.assignedClientId = newId(username)
  return passed({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: !connection.isKept,
    clientId: connection.assignedClientId ?? packet.clientId,
    ...(keepalive === undefined ? {} : { keepalive }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(will === undefined
      ? {}
      : {
          will: {
            topic: will.topic,
            payload: will.payload,
            qos: will.qos ?? 0,
            retain: will.retain ?? false,
          },
        }),
  })
}

const msOf = (seconds = 0): number => (seconds === neverExpires ? Infinity : seconds * 1000)

/** May say anew how long the session is kept, unless it was not to be kept at all (3.14.2.2.2). */
function disconnect(connection: Connection5, { properties, reasonCode }: IDisconnectPacket): Inbound {
  const expiry = properties?.sessionExpiryInterval
  if (expiry !== undefined) {
    if (!connection.isKept && expiry > 0)
      return refused(reasons.protocolError, 'a session that ends with its connection cannot be kept')
    connection.expiryMs = msOf(expiry)
  }
  if (reasonCode === disconnectWithWill) return { kind: 'broken' }
  connection.hasLeft = true
  return passed({ cmd: 'disconnect' })
}

/** Properties are for receivers that devices do not have: the platform reads topic and payload. */
function publish({ dup, messageId, payload, properties, qos, retain, topic }: IPublishPacket): Inbound {
  if (properties?.topicAlias !== undefined || topic === '')
    return refused(reasons.topicAliasInvalid, 'topic aliases are not offered')
  if (properties?.subscriptionIdentifier !== undefined)
    return refused(reasons.protocolError, 'a subscription identifier in a PUBLISH from a client')
  return passed({
    cmd: 'publish',
    topic,
    payload,
    qos,
    dup,
    retain,
    ...(messageId === undefined ? {} : { messageId }),
  })
}

/** No-local needs nothing: what a client publishes does not come back to it. */
function subscribe(packet: ISubscribePacket): Inbound {
  if (packet.properties?.subscriptionIdentifier !== undefined)
    return refused(reasons.subscriptionIdentifiersNotSupported, 'subscription identifiers are not offered')
  return passed({
    ...bare(packet),
    cmd: 'subscribe',
    subscriptions: packet.subscriptions.map(({ qos, topic }) => ({ topic, qos })),
  })
}

/** To the client. @param limits what we take from it */
export function toClient(
  connection: Connection5,
  packet: Packet,
  limits: { readonly packetBytes: number; readonly unreleased: number },
): Packet {
  if (packet.cmd === 'connack') return connack(connection, packet, limits)
  if (packet.cmd === 'suback') return { ...bare(packet), cmd: 'suback', granted: packet.granted.map(granted) }
  if (packet.cmd !== 'unsuback') return packet
  const messageId = packet.messageId ?? 0
  const topics = connection.unsubscribing.get(messageId) ?? 1
  connection.unsubscribing.delete(messageId)
  return { cmd: 'unsuback', messageId, granted: Array.from({ length: topics }, () => 0) }
}

const granted = (code: unknown): number =>
  Number(code) >= refusedBefore ? reasons.notAuthorized : Number(code)

function connack(
  connection: Connection5,
  { returnCode = 0, sessionPresent }: IConnackPacket,
  limits: { readonly packetBytes: number; readonly unreleased: number },
): IConnackPacket {
  const reasonCode = connackReasons[returnCode] ?? reasons.unspecified
  if (reasonCode !== 0) return { cmd: 'connack', reasonCode, sessionPresent: false }
  connection.isConnected = true
  const { assignedClientId, startsAnew } = connection
  return {
    cmd: 'connack',
    reasonCode,
    sessionPresent: sessionPresent && !startsAnew,
    properties: {
      receiveMaximum: limits.unreleased,
      maximumPacketSize: limits.packetBytes,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: false,
      ...(assignedClientId === undefined ? {} : { assignedClientIdentifier: assignedClientId }),
    },
  }
}
