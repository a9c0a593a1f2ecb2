import type { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import type { Broker } from '../nodes/platform/broker/port.ts'
import type { Clock } from '../nodes/platform/clock.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import { connectedForMs, type Pulse } from '../nodes/platform/pulse/port.ts'
import type { RegistryGate } from './broker-gate.ts'

/**
 * Ends the connections of a device whose credential was changed or taken away, on whichever instance that was done: the
 * change itself says so, and is caught up with after a gap. The result ends it.
 */
export function endRevokedConnections(
  directory: Pick<StoreDeviceDirectory, 'onChange'>,
  broker: Pick<Broker, 'disconnect'>,
  log: Pick<Logger, 'warn'>,
): () => void {
  return directory.onChange((before, after) => {
    if (before === undefined) return
    const { credential, id } = before.device
    const isRevoked =
      after === undefined ||
      after.orgId !== before.orgId ||
      (before.device.isEnabled && !after.device.isEnabled) ||
      after.device.credential.hash !== credential.hash
    if (!isRevoked) return
    broker
      .disconnect(id)
      .catch((error: unknown) => log.warn({ err: error, device: id }, 'its connections could not be ended'))
  })
}

/** Tells other instances again and again which devices are connected here. The result ends it. */
export function tellConnections(
  gate: Pick<RegistryGate, 'connectedDevices'>,
  pulse: Pulse | undefined,
  clock: Pick<Clock, 'nowMs'>,
): () => void {
  if (pulse === undefined) return () => undefined
  const timer = setInterval(() => {
    const connected = [...gate.connectedDevices()]
    if (connected.length > 0) void pulse.connected(connected, clock.nowMs())
  }, connectedForMs / 3).unref()
  return () => clearInterval(timer)
}
