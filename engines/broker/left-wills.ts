import type { AedesCore } from './aedes-core.ts'
import type { HeldWills } from './held-wills.ts'
import type { BrokerGate } from '../../nodes/platform/broker/port.ts'
import type { StoredWill } from './stored-packet.ts'
import { parseStoredPrincipal } from './stored-principal.ts'

/** Enough to share commits, few enough not to flood the uplink: a whole fleet's wills may be due. */
const AT_ONCE = 256

/** After a crash every connection is gone without DISCONNECT, so the last wills on disk are due (MQTT-3.1.2-8). */
export async function publishLeftWills(
  core: AedesCore,
  gate: BrokerGate,
  heldWills: HeldWills,
  onFailed: (error: unknown) => void,
): Promise<void> {
  const publishOne = async (will: StoredWill): Promise<void> => {
    try {
      await publishWill(core, gate, will)
      await core.persistence.delWill({ id: will.clientId ?? '' })
    } catch (error) {
      // It stays on disk and is due at the next start, unless its client comes back first.
      onFailed(error)
    }
  }
  const [waiting, wills] = partition(core.persistence.wills())
  for (const will of waiting)
    heldWills.hold(will.clientId ?? '', will.delayMs ?? 0, (isDue) => {
      if (isDue) void publishOne(will)
    })
  for (let i = 0; i < wills.length; i += AT_ONCE) {
    await Promise.all(wills.slice(i, i + AT_ONCE).map(publishOne))
  }
}

function partition(
  wills: readonly StoredWill[],
): readonly [waiting: readonly StoredWill[], due: readonly StoredWill[]] {
  const isWaiting = ({ delayMs = 0 }: StoredWill): boolean => delayMs > 0
  return [wills.filter(isWaiting), wills.filter((will) => !isWaiting(will))]
}

async function publishWill(core: AedesCore, gate: BrokerGate, will: StoredWill): Promise<void> {
  if (will.principal === undefined) return
  const principal = gate.recall(parseStoredPrincipal(will.principal))
  if (principal === undefined) return
  const { topic, retain } = will
  const payload = Buffer.from(will.payload)
  const qos = will.qos === 2 ? 2 : will.qos === 1 ? 1 : 0
  const decision = gate.publish(principal, topic, payload.length, retain)
  if (decision.kind === 'refused' || decision.kind === 'ignored' || decision.kind === 'asked') return
  if (decision.kind === 'uplink') {
    await new Promise<void>((resolve, reject) =>
      gate.uplink({ principal, topic, payload, qos, retain }, (error) => (error ? reject(error) : resolve())),
    )
  }
  await core.accept({ cmd: 'publish', topic, payload, qos, retain: retain && decision.retain === true })
}
