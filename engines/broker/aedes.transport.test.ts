import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import net from 'node:net'
import tls from 'node:tls'
import mqtt from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { openTestBroker } from './aedes.fixture.ts'
import type { AedesBroker } from './aedes.ts'
import { FixtureGate } from '../../nodes/platform/broker/gate.fixture.ts'
import { WireClient, text } from '../../nodes/platform/broker/wire-client.fixture.ts'

const own = 'org/acme/device/pod'
const login = { username: 'acme/pod', password: 'secret', clientId: 'pod', reconnectPeriod: 0 }

describe('the embedded broker’s transports', { timeout: 30_000 }, () => {
  let gate: FixtureGate
  let broker: AedesBroker
  let server: Server
  let port: number

  beforeEach(async () => {
    gate = new FixtureGate()
    broker = await openTestBroker(gate, {
      // A pre-shared key spares the test a certificate.
      tls: { port: 0, ciphers: 'PSK', maxVersion: 'TLSv1.2', pskCallback: () => Buffer.from('key') },
      connectTimeoutMs: 60_000,
    })
    server = createServer()
    server.on('upgrade', (request, socket, head) => broker.handleUpgrade(request, socket, head))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = address !== null && typeof address === 'object' ? address.port : 0
  })
  afterEach(async () => {
    await broker.close()
    server.close()
    server.closeAllConnections()
  })

  it('MQTT over WebSocket: publishes, is acknowledged, receives', async () => {
    const client = await mqtt.connectAsync(`ws://127.0.0.1:${port}/mqtt`, login)
    await client.subscribeAsync(`${own}/command`, { qos: 1 })
    const message = new Promise<string>((resolve) =>
      client.once('message', (_topic, payload) => resolve(payload.toString())),
    )
    await broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })
    expect(await message).toBe('on')
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => client.publishAsync(`${own}/telemetry`, `${i}`, { qos: 1 })),
    )
    expect(gate.uplinks).toHaveLength(200)
    await client.publishAsync(`${own}/telemetry`, 'x'.repeat(60_000), { qos: 1 })
    await client.endAsync()
    expect(gate.presence).toEqual(['pod connected', 'pod disconnected'])
  })

  it('a WebSocket client of MQTT 3.1, which knows only the subprotocol of before, is served', async () => {
    const old = { ...login, protocolId: 'MQIsdp', protocolVersion: 3, reconnectPeriod: 0 } as const
    const client = await mqtt.connectAsync(`ws://127.0.0.1:${port}/mqtt`, old)
    expect(client.connected).toBe(true)
    await client.endAsync()
    const both = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, ['mqttv3.1', 'mqtt'])
    await once(both, 'open')
    expect(both.protocol).toBe('mqtt')
    both.terminate()
  })

  it('a WebSocket that does not offer mqtt is answered 400', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, ['chat'])
    const [, response] = (await once(socket, 'unexpected-response')) as unknown[]
    expect(response).toMatchObject({ statusCode: 400 })
  })

  it('garbage and claims of 256 MB over WebSocket are closed, the frame’s and the packet’s', async () => {
    const attack = async (bytes: Buffer): Promise<void> => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, ['mqtt'])
      socket.on('error', () => undefined)
      await once(socket, 'open')
      socket.send(bytes)
      await once(socket, 'close')
    }
    await attack(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await attack(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
    expect(broker.statistics().connections).toBe(0)
  })

  it('a WebSocket frame that claims 50 MB is closed by its header', async () => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    const lines = [
      'GET /mqtt HTTP/1.1',
      'Host: x',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
      'Sec-WebSocket-Protocol: mqtt',
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as unknown[]
    expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /u)
    // Final binary frame, masked, 64-bit length (RFC 6455, 5.2), and nothing after it.
    socket.write(Buffer.from('82ff0000000002faf08000000000', 'hex'))
    await once(socket, 'close')
    expect(gate.presence).toEqual([])
  })

  it('MQTT over TLS on a port of its own', async () => {
    const socket = tls.connect({
      port: broker.tlsPort ?? 0,
      host: '127.0.0.1',
      ciphers: 'PSK',
      maxVersion: 'TLSv1.2',
      pskCallback: () => ({ psk: Buffer.from('key'), identity: 'test' }),
      checkServerIdentity: () => undefined,
    })
    const client = new WireClient(socket)
    expect((await client.connect()).returnCode).toBe(0)
    await client.subscribe(`${own}/command`)
    await broker.publish({ topic: `${own}/command`, payload: 'on', qos: 1 })
    expect(text(await client.message())).toBe(`${own}/command on`)
    await client.disconnect()
  })

  it('a port that is taken fails the opening', async () => {
    const again = openTestBroker(gate, { port: broker.port })
    await expect(again).rejects.toThrow('EADDRINUSE')
  })
})
