import { WireClient, type WireOptions } from '../../nodes/platform/broker/wire-client.fixture.ts'
import type { DeviceAccess } from './resources.ts'

/** Opens a connection in the device's name. @throws when the broker does not accept it */
export async function connectDevice(
  mqttPort: number,
  device: DeviceAccess,
  options: WireOptions = {},
): Promise<WireClient> {
  const [client, { returnCode }] = await WireClient.connect(mqttPort, {
    username: device.id,
    password: device.password,
    clientId: device.id,
    ...options,
  })
  if (returnCode !== 0) throw new Error(`${device.id}: CONNACK ${returnCode}`)
  return client
}

let lastId = 0

/** QoS 1, not waited for. */
export function publishBytes(client: WireClient, topic: string, payload: string | Buffer): void {
  lastId = (lastId % 65_535) + 1
  client.send({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false, messageId: lastId })
}

/** Publishes with QoS 1 and waits for the acknowledgment. @throws when the connection ends instead */
export async function publishAndWait(
  client: WireClient,
  topic: string,
  payload: string | Buffer,
): Promise<void> {
  publishBytes(client, topic, payload)
  await client.next('puback')
}
