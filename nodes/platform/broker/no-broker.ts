import { Unavailable } from '../kit/unavailable.ts'
import type { Broker } from './port.ts'

/**
 * In a process without a broker: the one in the ingesting process is that process's own. Connections of devices whose
 * credential has changed end there by the change itself.
 */
export const noBroker: Broker = {
  publish: async () => {
    throw new Unavailable('this process has no broker to publish with; MQTT_URL gives it one')
  },
  disconnect: async () => undefined,
  statistics: () => ({ connections: 0, subscriptions: 0 }),
  trouble: undefined,
  close: async () => undefined,
}
