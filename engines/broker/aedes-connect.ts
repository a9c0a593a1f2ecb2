import type { AedesClient, ConnectPacket } from './aedes-internals.ts'
import type { HookContext } from './hook-context.ts'
import type { BrokerPrincipal, ConnectDecision } from '../../nodes/platform/broker/port.ts'
import { isOwnClientId, ownerOf, sessionKey } from './session.ts'
import type { Session } from './session.ts'
import { storedPrincipal } from './stored-principal.ts'
import { isPublishable } from './topic-filter.ts'

/** CONNACK return codes (MQTT 3.1.1, table 3.1). */
const IDENTIFIER_REJECTED = 2
const SERVER_UNAVAILABLE = 3
const NOT_AUTHORISED = 5

type Answer = (error: (Error & { returnCode: number }) | null, ok: boolean) => void
interface Refusal {
  readonly code: number
  readonly reason: string
}

/**
 * Remembers what of CONNECT aedes doesn't show to its later hooks, and has the parser forget the rest: it would keep the
 * packet, password and all, for as long as the connection lasts.
 */
export function noteConnect(client: Pick<AedesClient, 'session' | '_parser'>, packet: ConnectPacket): void {
  const { protocolVersion, bridgeMode } = packet
  client._parser.settings = {
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
    ...(bridgeMode === undefined ? {} : { bridgeMode }),
  }
  if (!client.session) return
  client.session.clientId = packet.clientId
  client.session.clean = packet.clean
}

/** Who is it, and may it be here under this client id and with this last will? Decided before aedes registers it. */
export async function authenticate(
  context: HookContext,
  client: AedesClient,
  credential: { readonly username: string | undefined; readonly password: Buffer | undefined },
  answer: Answer,
): Promise<void> {
  const { session } = client
  if (!session) return answer(refusal({ code: SERVER_UNAVAILABLE, reason: 'no session' }), false)
  const refuse = ({ code, reason }: Refusal): void => {
    context.gate.refused({ action: 'connect', detail: reason, who: session.who })
    answer(refusal({ code, reason }), false)
  }
  // MQTT-3.1.3-8: an empty client id can't have a stored session.
  if (session.clientId === '' && !session.clean) {
    return refuse({ code: IDENTIFIER_REJECTED, reason: 'empty client id with a stored session' })
  }
  const since = context.connections.deciding(session)
  let decision: ConnectDecision
  try {
    const { certificate256, clientId, address } = session
    decision = await context.gate.connect({ clientId, address, certificate256, ...credential })
  } catch (error) {
    context.onThrown('connect', error)
    return answer(refusal({ code: SERVER_UNAVAILABLE, reason: 'the gate failed' }), false)
  } finally {
    // In a later turn, so that `admit` below still sees who was told to go meanwhile.
    setImmediate(() => context.connections.decided(session))
  }
  if (client.closed) return
  if (decision.kind === 'refused') return refuse(decision)
  const { principal } = decision
  const wrong = whatIsWrong(context, principal, client, session)
  if (wrong) return refuse(wrong)
  if (!context.connections.admit(client, principal, since)) {
    return refuse({ code: NOT_AUTHORISED, reason: 'revoked while connecting' })
  }
  if (!session.clean && principal.kind === 'service' && principal.isPassing === true) {
    return refuse({ code: IDENTIFIER_REJECTED, reason: 'a stored session for who is only passing' })
  }
  const key = sessionKey(principal, session.clientId === '' ? client.id : session.clientId)
  if (!session.clean && principal.kind === 'device' && !mayStore(context, key)) {
    return refuse({ code: IDENTIFIER_REJECTED, reason: 'too many stored sessions' })
  }
  if (principal.kind === 'device' && !mayConnectAgain(context, principal.deviceId, session)) {
    return refuse({ code: SERVER_UNAVAILABLE, reason: 'connects too often' })
  }
  const { persistence } = context.core
  if (session.startsAnew || persistence.expiries.hasEnded(key, context.nowMs())) {
    session.startsAnew = true
    await persistence.endSession(key)
    if (client.closed) return
  }
  session.principal = principal
  client.id = key
  answer(null, true)
}

/** A connection costs far more than what a device says through it; one that is always new is as bad as rubbish. */
function mayConnectAgain(
  { connects, offences }: HookContext,
  deviceId: string,
  { address }: Session,
): boolean {
  const isAllowed = connects.admits(deviceId)
  if (isAllowed) connects.spend(deviceId)
  else offences.spend(address)
  return isAllowed
}

/** A device can make up client ids for ever; each stored session costs a queue. */
function mayStore({ core, maxSessionsPerDevice }: HookContext, key: string): boolean {
  const { subscriptions } = core.persistence
  return subscriptions.has(key) || subscriptions.sessionsOf(ownerOf(key)) < maxSessionsPerDevice
}

function whatIsWrong(
  { gate, maxPayloadBytes }: HookContext,
  principal: BrokerPrincipal,
  client: AedesClient,
  session: Session,
): Refusal | undefined {
  if (!isOwnClientId(principal, session.clientId)) {
    return { code: IDENTIFIER_REJECTED, reason: `client id ${session.clientId} is not its own` }
  }
  const will = client._will
  if (!will) return undefined
  const no = (reason: string): Refusal => ({
    code: NOT_AUTHORISED,
    reason: `last will on ${will.topic}: ${reason}`,
  })
  if (!isPublishable(will.topic)) return no('no topic to publish to')
  if (will.payload.length > maxPayloadBytes) return no('too big')
  const decision = gate.publish(principal, will.topic, will.payload.length, will.retain)
  if (decision.kind === 'refused') return no(decision.reason)
  if (decision.kind === 'asked') return no('nobody would be there for the answer')
  // So that it can be judged and published after a crash, when its connection is no more.
  will.principal = JSON.stringify(storedPrincipal(principal))
  if (session.willDelayMs > 0) will.delayMs = session.willDelayMs
  return undefined
}

function refusal({ code, reason }: Refusal): Error & { returnCode: number } {
  return Object.assign(new Error(reason), { returnCode: code })
}
