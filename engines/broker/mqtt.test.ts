import { describe } from 'vitest'
import { mosquittoIsMissing } from './external/mosquitto.fixture.ts'
import { openOnMosquitto, startFleetMosquitto } from './external/open-on-mosquitto.fixture.ts'
import { describeBrokerPort } from '../../nodes/platform/broker/port.contract.ts'

describe.skipIf(mosquittoIsMissing)('with a real Mosquitto (needs mosquitto)', () => {
  describeBrokerPort('an external broker', async (gate) => {
    const mosquitto = await startFleetMosquitto()
    return {
      broker: await openOnMosquitto(mosquitto, gate),
      port: mosquitto.port,
      close: () => mosquitto[Symbol.asyncDispose](),
    }
  })
})
