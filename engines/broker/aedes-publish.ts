import type { AedesClient, Done, WirePublish } from './aedes-internals.ts'
import type { HookContext } from './hook-context.ts'
import type { Answer, InboundPublish } from '../../nodes/platform/broker/port.ts'
import type { Session } from './session.ts'
import { isPublishable } from './topic-filter.ts'

/**
 * Judges a publish and makes it durable before `done` lets aedes acknowledge it. aedes sends PUBACK before its own
 * publish step, so this hook is the only place where that can hold; see {@link AedesCore.publish} for what is left.
 */
export function authorizePublish(
  context: HookContext,
  client: AedesClient,
  packet: WirePublish,
  done: Done,
): void {
  const { gate, core } = context
  const { session } = client
  const principal = session?.principal
  if (!session || !principal) return done(new Error('not authenticated'))
  const { topic, payload, qos, retain } = packet
  if (session.messageExpiries !== undefined)
    packet.messageExpiry = session.messageExpiries.ofPublished(packet)
  const isQuiet = session.isQuiet(topic, core.audienceRevision)
  if (!isQuiet && !isPublishable(topic))
    return refuse(context, session, `${topic}: no topic to publish to`, done)
  if (payload.length > context.maxPayloadBytes) {
    return refuse(context, session, `${topic}: ${payload.length} bytes`, done)
  }
  const decision = gate.publish(principal, topic, payload.length, retain)
  if (decision.kind === 'refused') {
    const refused: InboundPublish = { principal, topic, payload, qos, retain }
    return refuse(context, session, `${topic}: ${decision.reason}`, done, refused)
  }
  // A QoS 2 message sent again (4.3.3): aedes will find its identifier and only answer PUBREC.
  if (qos === 2 && core.persistence.hasIncoming(client.id, packet.messageId)) return done()
  if (qos === 2 && core.persistence.unreleased(client.id) >= context.maxUnreleased)
    return refuse(context, session, `${topic}: too many QoS 2 messages without PUBREL`, done)
  if (decision.kind === 'ignored') {
    packet.retain = false
    packet.accepted = 'nobody listens'
    return done()
  }
  if (decision.kind === 'asked') {
    packet.retain = false
    packet.accepted = 'nobody listens'
    session.took(payload.length)
    return void answer(context, client, decision.answer(payload), done)
  }
  if (retain && decision.retain !== true) packet.retain = false
  if (decision.kind === 'relay') return accept(context, client, packet, done)
  const inbound: InboundPublish = { principal, topic, payload, qos, retain }
  session.took(payload.length)
  if (isQuiet ? !packet.retain : !core.hasAudience(packet)) {
    if (!isQuiet) session.noteQuiet(topic, core.audienceRevision)
    packet.accepted = 'nobody listens'
    return gate.uplink(inbound, qos === 1 ? acknowledging(client, packet, done) : done)
  }
  gate.uplink(inbound, (error) => {
    session.settled(payload.length)
    if (error) return done(error)
    packet.emitsFreely = true
    accept(context, client, packet, done)
  })
}

/** To the one connection, whoever else listens there. */
async function answer(
  { onThrown }: HookContext,
  client: AedesClient,
  answering: Promise<Answer>,
  done: Done,
): Promise<void> {
  try {
    const { payload, topic } = await answering
    const packet = { cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false } as const
    if (client.connected && client.session?.filters.has(topic) === true)
      client.publish(packet, () => undefined)
    done()
  } catch (error) {
    onThrown('authorizePublish', error)
    done(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Copied as it is written (`coalesceWrites`), so one serves all. */
const puback = Uint8Array.of(0x40, 2, 0, 0)

/**
 * Writes the PUBACK (3.4) itself and leaves aedes nothing to answer: its own way takes a packet object, a serializer and
 * a turn of the event loop for each, a quarter of what a message costs. A client that does not read its answers is left
 * to aedes, which waits for it.
 */
function acknowledging(client: AedesClient, packet: WirePublish, done: Done): Done {
  return (error) => {
    const { messageId } = packet
    if (!error && messageId !== undefined && client.connected && !client.conn.writableNeedDrain) {
      puback[2] = messageId >> 8
      puback[3] = messageId & 0xff
      client.conn.write(puback)
      packet.qos = 0
    }
    done(error)
  }
}

/** The last will of a connection that is gone: the same, and the broker doesn't close before it is through. */
export function authorizeWill(
  context: HookContext,
  client: AedesClient,
  packet: WirePublish,
  done: Done,
): void {
  const publish = (): void => {
    context.core.willStarted()
    authorizePublish(context, client, packet, (error) => {
      done(error)
      context.core.willSettled()
    })
  }
  const delayMs = client.session?.willDelayMs ?? 0
  if (delayMs === 0) return publish()
  context.heldWills.hold(client.id, delayMs, (isDue) =>
    isDue ? publish() : done(new Error('its client came back')),
  )
}

/** Hands the broker what it must answer for; nothing here runs for a publish that only the uplink takes. */
function accept(context: HookContext, client: AedesClient, packet: WirePublish, done: Done): void {
  acceptAndSay(context, client, packet, done).catch((error: unknown) =>
    context.onThrown('authorizePublish', error),
  )
}

async function acceptAndSay(
  { core }: HookContext,
  client: AedesClient,
  packet: WirePublish,
  done: Done,
): Promise<void> {
  const { messageId, qos } = packet
  const inbound = qos === 2 && messageId !== undefined ? { clientId: client.id, messageId } : undefined
  try {
    packet.accepted = await core.accept(packet, inbound)
  } catch (error) {
    return done(error instanceof Error ? error : new Error(String(error)))
  }
  done()
}

function refuse(
  { gate }: HookContext,
  session: Session,
  detail: string,
  done: Done,
  publish?: InboundPublish,
): void {
  gate.refused({ action: 'publish', detail, who: session.who, ...(publish && { publish }) })
  done(new Error(`publish refused: ${detail}`))
}
