import { silentLogger } from './aedes.fixture.ts'
import { openAedesBroker } from './aedes.ts'
import { describeBroker } from './broker.contract.ts'

describeBroker('the embedded broker', (gate) =>
  openAedesBroker({ gate, host: '127.0.0.1', port: 0, dataFile: ':memory:', logger: silentLogger }),
)
