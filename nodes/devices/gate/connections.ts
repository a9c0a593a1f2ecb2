import type { StoreDeviceDirectory } from '../directory.ts'
import type { Broker } from '../../platform/broker/port.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import { connectedForMs, type Pulse } from '../../platform/pulse/port.ts'
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
    const { certificate, credential, id } = before.device
    const isRevoked =
      after === undefined ||
      after.orgId !== before.orgId ||
      (before.device.isEnabled && !after.device.isEnabled) ||
      after.device.credential.hash !== credential.hash ||
      (certificate !== undefined && after.device.certificate?.fingerprint256 !== certificate.fingerprint256)
    if (!isRevoked) return
    broker
      .disconnect(id)
      .catch((error: unknown) => log.warn({ err: error, device: id }, 'its connections could not be ended'))
  })
}

/** Sooner than a device is taken for silent. */
const tellNewEveryMs = 2000

/** Tells other instances which devices are connected here: new ones soon, all again and again. The result ends it. */
export function tellConnections(
  gate: Pick<RegistryGate, 'connectedDevices'>,
  pulse: Pulse | undefined,
  clock: Pick<Clock, 'nowMs'>,
): () => void {
  if (pulse === undefined) return () => undefined
  let told = new Set<string>()
  let toldAllMs = clock.nowMs()
  const timer = setInterval(() => {
    const nowMs = clock.nowMs()
    const connected = new Set(gate.connectedDevices())
    const isDue = nowMs - toldAllMs >= connectedForMs / 3
    const news = isDue ? [...connected] : [...connected].filter((id) => !told.has(id))
    if (isDue) toldAllMs = nowMs
    told = connected
    if (news.length > 0) void pulse.connected(news, nowMs)
  }, tellNewEveryMs).unref()
  return () => clearInterval(timer)
}
