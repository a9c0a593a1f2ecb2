import { silentLogger } from './aedes.fixture.ts'
import { openAedesBroker } from './aedes.ts'
import { describeBroker } from './broker.contract.ts'
import type { FixtureGate } from './gate.fixture.ts'
import { describeBrokerPort } from './port.contract.ts'

const open = (gate: FixtureGate): ReturnType<typeof openAedesBroker> =>
  openAedesBroker({ gate, host: '127.0.0.1', port: 0, dataFile: ':memory:', logger: silentLogger })

describeBroker('the embedded broker', open)

describeBrokerPort('the embedded broker', async (gate) => {
  const broker = await open(gate)
  return { broker, port: broker.port }
})
