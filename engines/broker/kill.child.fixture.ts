/** A broker in a process of its own, to be killed by aedes.kill.test.ts. Prints its port, then what reaches the uplink. */
import { appendFileSync } from 'node:fs'
import { openAedesBroker } from './aedes.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'

const [dataFile = '', uplinkFile = ''] = process.argv.slice(2)
const gate = new FixtureGate()
gate.onUplink = ({ topic, payload }, done) => {
  appendFileSync(uplinkFile, `${topic} ${payload.toString()}\n`)
  done()
}
const logger = { debug: () => undefined, warn: console.error, error: console.error }
const broker = await openAedesBroker({ gate, host: '127.0.0.1', port: 0, dataFile, logger })
process.send?.({ port: broker.port })
process.on('message', ({ topic, payload, retain }: { topic: string; payload: string; retain: boolean }) => {
  void broker.publish({ topic, payload, qos: 1, retain }).then(() => process.send?.({ published: payload }))
})
