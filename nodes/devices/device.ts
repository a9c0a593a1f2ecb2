import { z } from 'zod'
import { type Channel, type ClassPort, type DeviceClass, topicFor } from './device-class.ts'
import { classKeySchema, deviceIdSchema, portNumberSchema } from '../platform/identifiers.ts'
import type { Route } from '../platform/stream/port.ts'

/** What a device says about one of its ports over what its class says. */
export const devicePortSchema = z.strictObject({
  port: portNumberSchema,
  name: z.string().min(1).max(100).optional(),
  unit: z.string().max(20).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  scaling: z.number().optional(),
  offset: z.number().optional(),
})
export type DevicePort = z.output<typeof devicePortSchema>

export const locationSchema = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  address: z.string().max(200).optional(),
})

export const deviceSchema = z.strictObject({
  id: deviceIdSchema,
  classKey: classKeySchema,
  name: z.string().min(1).max(100),
  serialNumber: z.string().min(1).max(100).optional(),
  location: locationSchema.optional(),
  tags: z.array(z.string().min(1).max(50)).max(32).default([]),
  ports: z.array(devicePortSchema).max(1024).default([]),
  /** A disabled device can neither connect nor publish. */
  isEnabled: z.boolean().default(true),
  /**
   * `sha256(salt ‖ password)`, both hex: passwords are 256 random bits, so a slow hash would add nothing. `mosquitto` is
   * the same password as Mosquitto's password file wants it.
   */
  credential: z.strictObject({ salt: z.string(), hash: z.string(), mosquitto: z.string().optional() }),
  createdAt: z.iso.datetime(),
})
export type Device = z.output<typeof deviceSchema>

/** A port as it counts for this device: the class's record with the device's own settings over it. */
export function effectivePorts(
  device: Pick<Device, 'ports'>,
  deviceClass: DeviceClass,
): readonly ClassPort[] {
  const own = new Map(device.ports.map((port) => [port.port, port]))
  const ofClass = new Map(deviceClass.ports.map((port) => [port.port, port]))
  const numbers =
    deviceClass.portsFrom === 'device' && own.size > 0
      ? own.keys()
      : new Set([...ofClass.keys(), ...own.keys()])
  return [...numbers]
    .sort((a, b) => a - b)
    .map((port) => withSettings(ofClass.get(port) ?? plainPort(port), own.get(port)))
}

const plainPort = (port: number): ClassPort => ({
  port,
  name: `port ${port}`,
  unit: '',
  scaling: 1,
  offset: 0,
})

const withSettings = (defaults: ClassPort, own: DevicePort | undefined): ClassPort => ({
  ...defaults,
  ...Object.fromEntries(Object.entries(own ?? {}).filter(([, value]) => value !== undefined)),
})

/** Everything the hot path needs of a device, worked out once; replaced as a whole when anything changes. */
export interface DeviceRecord {
  readonly orgId: string
  readonly device: Device
  readonly deviceClass: DeviceClass
  /** Topics this device may publish on. */
  readonly channelByTopic: ReadonlyMap<string, Channel>
  /** Nearly everything comes on this one, and comparing is cheaper than looking up. */
  readonly telemetryTopic: string
  /** Topics this device may subscribe to. */
  readonly commandTopic: string | undefined
  readonly routeByTopic: ReadonlyMap<string, Route>
  /** Indexed by port number. */
  readonly ports: readonly (ClassPort | undefined)[]
}

/** What a topic is for; undefined when it is none of the device's. */
export const channelOf = (record: DeviceRecord, topic: string): Channel | undefined =>
  topic === record.telemetryTopic ? 'telemetry' : record.channelByTopic.get(topic)

/** Where the broker notes that a device came or went; no device can publish on a topic that begins with $. */
export const connectionTopic = '$connection'

export function toDeviceRecord(orgId: string, device: Device, deviceClass: DeviceClass): DeviceRecord {
  const { command, telemetry, ...others } = deviceClass.topics
  const telemetryTopic = topicFor(telemetry, orgId, device.id)
  const channelByTopic = new Map<string, Channel>([
    [connectionTopic, 'lifecycle'],
    [telemetryTopic, 'telemetry'],
  ])
  for (const channel of ['lifecycle', 'events', 'cmdres'] as const) {
    const template = others[channel]
    if (template !== undefined) channelByTopic.set(topicFor(template, orgId, device.id), channel)
  }
  const ports: (ClassPort | undefined)[] = []
  for (const port of effectivePorts(device, deviceClass)) ports[port.port] = port
  return {
    orgId,
    device,
    deviceClass,
    channelByTopic,
    telemetryTopic,
    commandTopic: command === undefined ? undefined : topicFor(command, orgId, device.id),
    routeByTopic: new Map(
      [...channelByTopic.keys()].map((topic) => [topic, { orgId, key: device.id, type: topic }]),
    ),
    ports,
  }
}
