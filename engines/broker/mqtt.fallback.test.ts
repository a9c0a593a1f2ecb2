import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import mqttPacket, { type IConnectPacket } from 'mqtt-packet'
import { afterEach, expect, test } from 'vitest'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import { type ExternalBroker, openExternalBroker } from './mqtt.ts'

let server: Server | undefined
let broker: ExternalBroker | undefined

afterEach(async () => {
  await broker?.close()
  server?.close()
})

/** A broker that knows MQTT 3.1.1 and nothing newer, and grants every subscription. */
async function oldBroker(connects: IConnectPacket[]): Promise<number> {
  const serve = (socket: Socket): void => {
    const parser = mqttPacket.parser({ protocolVersion: 4 })
    const answer = (packet: mqttPacket.Packet): void => void socket.write(mqttPacket.generate(packet))
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connect') {
        connects.push(packet)
        const isKnown = packet.protocolVersion === 4
        answer({ cmd: 'connack', sessionPresent: false, returnCode: isKnown ? 0 : 1 })
        if (!isKnown) socket.end()
      } else if (packet.cmd === 'subscribe') {
        answer({
          cmd: 'suback',
          messageId: packet.messageId ?? 0,
          granted: packet.subscriptions.map(() => 1),
        })
      } else if (packet.cmd === 'unsubscribe') {
        answer({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: [] })
      } else if (packet.cmd === 'disconnect') socket.end()
    })
    socket.on('data', (chunk: Buffer) => parser.parse(chunk))
    socket.on('error', () => undefined)
  }
  server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server that listens has such an address
  return (server.address() as AddressInfo).port
}

test('a broker that knows no MQTT 5 is spoken to in 3.1.1, which is told once', async () => {
  const connects: IConnectPacket[] = []
  const warnings: string[] = []
  const port = await oldBroker(connects)
  broker = await openExternalBroker({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: 'fleetloom',
    gate: new FixtureGate(),
    topics: { revision: 1, filters: () => ['a/+'] },
    logger: { ...silentLogger, warn: (_fields, message) => warnings.push(message) },
  })
  expect(broker.trouble).toBeUndefined()
  expect(connects.map(({ clean, protocolVersion }) => ({ clean, protocolVersion }))).toEqual([
    { clean: false, protocolVersion: 5 },
    { clean: false, protocolVersion: 4 },
  ])
  expect(warnings).toContain('the MQTT broker has no MQTT 5; with 3.1.1 it bounds what is in flight')
})
