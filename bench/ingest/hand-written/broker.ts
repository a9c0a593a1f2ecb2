import { Buffer } from 'node:buffer'
import { Aedes } from 'aedes'
import type { Client, PublishPacket } from 'aedes'
import type { Ingest } from './ingest.ts'
import { passwordMatches } from './registry.ts'
import type { Device, Registry } from './registry.ts'

type Done = (error?: Error) => void

/** aedes, except that acknowledged telemetry goes no further while nobody has subscribed to any. */
class TelemetryBroker extends Aedes {
  /** Clients that may have a subscription which matches telemetry. */
  readonly telemetryReaders = new Set<Client>()

  override publish(packet: PublishPacket, clientOrDone: Client | null | Done, done?: Done): void {
    if (
      done !== undefined &&
      packet.qos === 0 &&
      this.telemetryReaders.size === 0 &&
      packet.topic.endsWith('/telemetry')
    ) {
      return done()
    }
    // oxlint-disable-next-line typescript/unbound-method -- called with its own this; the types lack the client
    Reflect.apply(super.publish, this, [packet, clientOrDone, done])
  }
}

/** The MQTT side: devices with their password, each beneath its own topic prefix; telemetry goes to `ingest`. */
export async function createBroker(registry: Registry, ingest: Ingest): Promise<Aedes> {
  const devices = new Map<Client, Device>()
  // A device's messages come many at a time, so the client is nearly always the one before.
  let lastClient: Client | undefined
  let lastDevice: Device | undefined

  const broker = new TelemetryBroker({
    authenticate(client, username, password, done) {
      const device = username === undefined ? undefined : registry.byId(username)
      const accepted =
        device !== undefined &&
        client.id === device.id &&
        passwordMatches(device, password ?? Buffer.alloc(0))
      if (accepted) devices.set(client, device)
      done(null, accepted)
    },
    authorizePublish(client, packet, done) {
      if (client !== null && client !== lastClient) {
        lastClient = client
        lastDevice = devices.get(client)
      }
      const device = client === null ? undefined : lastDevice
      if (client === null || device === undefined) return done(new Error('not a device'))
      if (packet.topic !== device.telemetryTopic) {
        return packet.topic.startsWith(device.topicPrefix) ? done(null) : done(new Error('not its topic'))
      }
      const payload = packet.payload
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
      const relay = packet.qos === 2 || packet.retain || broker.telemetryReaders.size > 0
      ingest.accept(device.number, bytes, { client, packet, done, relay })
    },
    authorizeSubscribe(client, subscription, done) {
      const device = devices.get(client)
      const allowed = device !== undefined && subscription.topic.startsWith(device.topicPrefix)
      if (allowed && /[+#]|telemetry/.test(subscription.topic)) broker.telemetryReaders.add(client)
      done(null, allowed ? subscription : null)
    },
  })
  broker.on('clientDisconnect', (client) => {
    devices.delete(client)
    broker.telemetryReaders.delete(client)
  })
  await broker.listen()
  return broker
}
