import { openAedesBroker } from './aedes.ts'
import type { AedesBroker, AedesBrokerOptions, BrokerLogger } from './aedes.ts'
import type { BrokerGate } from '../../nodes/platform/broker/port.ts'

const nothing = (): void => undefined

export const silentLogger: BrokerLogger = { debug: nothing, warn: nothing, error: nothing }

/** On a free port of this machine, in memory and silent, unless the options say otherwise. */
export function openTestBroker(
  gate: BrokerGate,
  options: Partial<AedesBrokerOptions> = {},
): Promise<AedesBroker> {
  return openAedesBroker({
    gate,
    host: '127.0.0.1',
    port: 0,
    dataFile: ':memory:',
    logger: silentLogger,
    ...options,
  })
}
