import { z } from 'zod'
import type { AedesCore } from './aedes-core.ts'
import type { BrokerGate, BrokerPrincipal } from './port.ts'
import type { StoredWill } from './stored-packet.ts'

const brokerPrincipal: z.ZodType<BrokerPrincipal> = z.union([
  z.object({ kind: z.literal('device'), orgId: z.string(), deviceId: z.string(), classKey: z.string() }),
  z.object({ kind: z.literal('service'), name: z.string() }),
])

/** After a crash every connection is gone without DISCONNECT, so the last wills on disk are due (MQTT-3.1.2-8). */
export async function publishLeftWills(core: AedesCore, gate: BrokerGate): Promise<void> {
  for (const will of core.persistence.wills()) {
    await publishWill(core, gate, will)
    await core.persistence.delWill({ id: will.clientId ?? '' })
  }
}

async function publishWill(core: AedesCore, gate: BrokerGate, will: StoredWill): Promise<void> {
  if (will.principal === undefined) return
  const principal = brokerPrincipal.parse(JSON.parse(will.principal))
  const { topic, retain } = will
  const payload = Buffer.from(will.payload)
  const qos = will.qos === 2 ? 2 : will.qos === 1 ? 1 : 0
  const decision = gate.publish(principal, topic, payload.length, retain)
  if (decision.kind === 'refused') return
  if (decision.kind === 'uplink') {
    await new Promise<void>((resolve, reject) =>
      gate.uplink({ principal, topic, payload, qos, retain }, (error) => (error ? reject(error) : resolve())),
    )
  }
  await core.accept({ cmd: 'publish', topic, payload, qos, retain: retain && decision.retain === true })
}
