import { domain as devicesDomain } from '../nodes/devices/domain.ts'
import { RegistryGate } from '../nodes/devices/gate/broker-gate.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import type { BrokerGate } from '../nodes/platform/broker/port.ts'
import type { Domains } from '../nodes/platform/kit/domain/domains.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import { nodeSecrets } from '../nodes/platform/secrets.ts'
import { domain as provisioningDomain } from '../nodes/provisioning/domain.ts'
import { withProvisioning } from '../nodes/provisioning/provisioning-gate.ts'
import { domain as quotasDomain } from '../nodes/quotas/domain.ts'
import { ThrottledIntake } from '../nodes/quotas/throttled-intake.ts'
import { domain as telemetryDomain } from '../nodes/telemetry/domain.ts'

/** The rules of the broker: those of the registry for devices, and of first contact for who is none yet. */
export function openGate(
  domains: Domains,
  log: Logger,
): { readonly gate: BrokerGate; readonly registry: RegistryGate; readonly intake: ThrottledIntake } {
  const devices = domains.service(devicesDomain)
  const telemetry = domains.service(telemetryDomain)
  const intake = new ThrottledIntake(telemetry.intake, domains.service(quotasDomain), systemClock)
  const registry = new RegistryGate({
    ...telemetry,
    intake,
    // Who is connected is the platform's to know, whatever an organization may send.
    connections: telemetry.intake,
    ...devices,
    clock: systemClock,
    log: log.child({ part: 'broker' }),
  })
  const gate = withProvisioning({
    gate: registry,
    devices,
    provisioning: domains.service(provisioningDomain),
    newId: () => nodeSecrets.newId(),
    log: log.child({ part: 'provisioning' }),
  })
  return { gate, intake, registry }
}
