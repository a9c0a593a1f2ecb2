import { BrokerAccess } from '../broker-access.ts'
import { addressOf, type DeviceRecord } from '../device.ts'
import { silentLogger } from '../../platform/logger.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import { virtualClock } from '../../platform/testing/virtual-clock.fixture.ts'
import { RegistryGate, type GateParts, type RefusedUplink } from './broker-gate.ts'

/** The registry of a test: devices by id, with a revision that grows with every change. */
export interface TestRegistry {
  readonly devices: Map<string, DeviceRecord>
  revision: number
}

/** The platform's own gate over a registry in memory. */
export function gateOver(
  registry: TestRegistry,
  parts: {
    readonly intake: GateParts['intake']
    readonly counts: GateParts['counts']
    readonly kept?: RefusedUplink[]
    readonly newcomers?: GateParts['newcomers']
  },
): RegistryGate {
  return new RegistryGate({
    access: new BrokerAccess({
      directory: {
        lookup: (id) => registry.devices.get(id),
        byCertificate: () => undefined,
        childrenOf: () => [],
      },
      secrets: nodeSecrets,
    }),
    clock: virtualClock(1000),
    deadLetters: {
      async put(rejects) {
        parts.kept?.push(...rejects)
      },
    },
    directory: {
      get revision() {
        return registry.revision
      },
      lookup: (id) => registry.devices.get(id),
      byAddress: (address) =>
        [...registry.devices.values()].filter(({ device }) => addressOf(device) === address),
      byCertificate: () => undefined,
      childrenOf: (id) => [...registry.devices.values()].filter(({ device }) => device.gateway === id),
      gateways: () => [],
      all: () => registry.devices.values(),
      classes: () => [],
      allClasses: () => [...registry.devices.values()].map(({ deviceClass }) => deviceClass),
      shippedClasses: () => [],
      deviceClass: () => undefined,
      isShipped: () => false,
      changeDevice: (_orgId, _deviceId, write) => write(),
      changeClass: (_orgId, _key, write) => write(),
    },
    intake: parts.intake,
    log: silentLogger,
    newcomers: parts.newcomers ?? {
      expected: () => undefined,
      admit: () => Promise.resolve(undefined),
      note: () => undefined,
    },
    counts: parts.counts,
  })
}
