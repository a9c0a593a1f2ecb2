import type { AedesClient } from './aedes-internals.ts'
import type { HookContext } from './hook-context.ts'
import type { BrokerPrincipal } from '../../nodes/platform/broker/port.ts'
import { isPast, type StoredPacket, type StoredSubscription } from './stored-packet.ts'
import { filterMatches } from './topic-filter.ts'

/** One filter of a SUBSCRIBE, or of a stored session coming back; refused alone with 128 (MQTT-3.9.3-2). */
export function authorizeSubscribe(
  context: HookContext,
  client: AedesClient,
  subscription: StoredSubscription,
): boolean {
  const { session } = client
  const principal = session?.principal
  if (!session || !principal) return false
  const { topic } = subscription
  const reason = whyNot(context, principal, topic, session.filters)
  if (reason !== undefined) {
    context.gate.refused({ action: 'subscribe', detail: `${topic}: ${reason}`, who: session.who })
    // What is no longer allowed mustn't go on filling a stored session's queue.
    void context.core.persistence.removeSubscriptions(client, [topic]).catch(() => undefined)
    return false
  }
  session.filters.add(topic)
  context.granted.add(subscription)
  return true
}

function whyNot(
  { gate, maxSubscriptions }: HookContext,
  principal: BrokerPrincipal,
  filter: string,
  held: ReadonlySet<string>,
): string | undefined {
  // aedes acknowledges shared subscriptions and never delivers to them.
  if (filter.startsWith('$share/')) return 'shared subscriptions are not offered'
  if (principal.kind === 'device' && filter.startsWith('$')) return 'not for devices'
  if (held.size >= maxSubscriptions && !held.has(filter)) return 'too many subscriptions'
  return gate.maySubscribe(principal, filter) ? undefined : 'not allowed'
}

/** Null keeps a message from going out; aedes' copy is this client's own, so it may be changed. */
export function authorizeForward(
  { core, gate, maxUnsentBytes, nowMs }: HookContext,
  client: AedesClient,
  packet: StoredPacket,
): StoredPacket | null {
  const principal = client.session?.principal
  const { topic = '' } = packet
  // MQTT-3.2.0-1: CONNACK goes first; a stored session's message stays in its queue until then.
  if (!principal || !client.connackSent || !gate.mayReceive(principal, topic)) return null
  // aedes makes a retained message anew, without what it does not know of.
  if (packet.retain === true) packet.messageExpiry ??= core.persistence.retained(topic)?.messageExpiry
  if (isPast(packet, nowMs())) return null
  if (client.conn.writableLength > maxUnsentBytes) {
    // A client that doesn't read: QoS 0 may be lost, a stored session has the rest when it comes back.
    if (packet.qos !== 0) client.emit('error', new Error('too slow to receive'))
    return null
  }
  if (packet.qos !== 0) packet.qos = Math.min(packet.qos ?? 0, grantedQos(client, topic))
  if (packet.messageExpiry !== undefined)
    client.session?.messageExpiries?.forwarded.note(packet, packet.messageExpiry)
  return packet
}

/** MQTT-3.8.4-6: the best QoS granted by any filter that matches; aedes looks at equal filters only. */
function grantedQos(client: AedesClient, topic: string): number {
  let best = 0
  for (const [filter, { qos }] of Object.entries(client.subscriptions)) {
    if (qos > best && filterMatches(filter, topic)) best = qos
  }
  return best
}
