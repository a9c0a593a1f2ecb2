import { openTestBroker } from './aedes.fixture.ts'
import { describeBroker } from '../../nodes/platform/broker/broker.contract.ts'
import { describeBrokerPort } from '../../nodes/platform/broker/port.contract.ts'

describeBroker('the embedded broker', openTestBroker)

describeBrokerPort('the embedded broker', async (gate) => {
  const broker = await openTestBroker(gate)
  return { broker, port: broker.port }
})
