import { type Packet, generate, parser as createParser } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { noteConnect } from './aedes-connect.ts'
import type { AedesClient, WireParser } from './aedes-internals.ts'
import { Session } from './session.ts'

test('a connection keeps no password once its CONNECT was read, and is understood all the same', () => {
  const packets: Packet[] = []
  const parser = createParser()
  parser.on('packet', (packet) => packets.push(packet))
  parser.parse(
    generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: 'pod',
      username: 'pod',
      password: Buffer.from('hunter2'),
    }),
  )
  // oxlint-disable-next-line no-unsafe-type-assertion -- mqtt-packet's types do not show what its parser keeps
  const wire = parser as unknown as WireParser
  const client: Pick<AedesClient, 'session' | '_parser'> = { session: new Session('::1', 1), _parser: wire }
  expect(wire.settings).toMatchObject({ protocolVersion: 4, username: 'pod' })
  noteConnect(client, { protocolVersion: 4, clientId: 'pod', clean: true })
  expect(wire.settings).toEqual({ protocolVersion: 4 })
  expect(client.session).toMatchObject({ clientId: 'pod', clean: true })

  parser.parse(generate({ cmd: 'publish', topic: 't', payload: 'x', qos: 0, retain: false, dup: false }))
  expect(packets.at(-1)).toMatchObject({ cmd: 'publish', topic: 't' })
})
