import { z } from 'zod'
import { childrenPolicySchema } from './children-policy.ts'
import { isPlain, timeZoneSchema } from './class-decode.ts'
import { devicePortSchema, portsByNumber } from './device-ports.ts'
import {
  answerTemplatesOf,
  type Channel,
  type ClassPort,
  type DeviceClass,
  templatesOf,
} from './device-class.ts'
import { classKeySchema, deviceAddressSchema, deviceIdSchema } from '../platform/identifiers.ts'
import type { Route } from '../platform/stream/port.ts'
import { hasOpenLevels, levelsIn, topicFor } from './topic-template.ts'

export const locationSchema = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  address: z.string().max(200).optional(),
})

export const deviceSchema = z.strictObject({
  id: deviceIdSchema,
  classKey: classKeySchema,
  /** What stands in its topics; its id if it is not given. Unique in its class and organization. */
  address: deviceAddressSchema.optional(),
  /** The device that publishes for it, as well as itself. */
  gateway: deviceIdSchema.optional(),
  /** Whom it may bring along as its children, before what its class says; null: nobody. */
  children: childrenPolicySchema.nullable().optional(),
  name: z.string().min(1).max(100),
  serialNumber: z.string().min(1).max(100).optional(),
  location: locationSchema.optional(),
  tags: z.array(z.string().min(1).max(50)).max(32).default([]),
  ports: z.array(devicePortSchema).max(1024).default([]),
  /** Of the times that it sends without one; before what its class says. */
  zone: timeZoneSchema.optional(),
  /** A disabled device can neither connect nor publish. */
  isEnabled: z.boolean().default(true),
  /**
   * `sha256(salt ‖ password)`, both hex: passwords are random bits, so a slow hash would add nothing. One that somebody
   * chose has `iterations` of PBKDF2 instead. `mosquitto` is the same password as Mosquitto's password file wants it.
   */
  credential: z.strictObject({
    salt: z.string(),
    hash: z.string(),
    iterations: z.int().optional(),
    mosquitto: z.string().optional(),
  }),
  /** The client certificate that proves it over TLS, where it has one: SHA-256 of the whole, as `AA:BB:…`. */
  certificate: z.strictObject({ fingerprint256: z.string() }).optional(),
  createdAt: z.iso.datetime(),
})
export type Device = z.output<typeof deviceSchema>

export const addressOf = ({ address, id }: Pick<Device, 'address' | 'id'>): string => address ?? id

/** Everything the hot path needs of a device, worked out once; replaced as a whole when anything changes. */
export interface DeviceRecord {
  readonly orgId: string
  readonly device: Device
  readonly deviceClass: DeviceClass
  /** Topics this device may publish on. */
  readonly topics: ReadonlyMap<string, OwnTopic>
  /** Nearly everything comes on this one, and comparing is cheaper than looking up. Empty if it has open levels. */
  readonly telemetryTopic: string
  /** More topics that it may publish on: any that fill their open levels. */
  readonly patterns: readonly TopicPattern[]
  /** Its class says no more than one telemetry topic and the plainest of decodes, and it has no zone of its own. */
  readonly isPlain: boolean
  /** Topics this device may subscribe to. */
  readonly commandTopics: readonly string[]
  /** Of those it publishes on, where it may answer commands in words of its own. */
  readonly answerTopics: ReadonlySet<string>
  /** Whether what it reports may be the answer to a command. */
  readonly answersByReports: boolean
  /** Indexed by port number. */
  readonly ports: readonly (ClassPort | undefined)[]
}

/** A topic without open levels, which is the one device's. */
export interface OwnTopic {
  readonly channel: Channel
  /** Of telemetry, which of the class's entries; -1 of anything else. */
  readonly entry: number
  /** How it goes down the stream. */
  readonly route: Route
}

/** Topics with open levels. */
export interface TopicPattern {
  readonly channel: Channel
  readonly topic: string
  readonly levels: readonly string[]
  /** Of telemetry, which of the class's entries; -1 of anything else. */
  readonly entry: number
}

/** What a topic is for; undefined when it is none of the device's. */
export const channelOf = (record: DeviceRecord, topic: string): Channel | undefined =>
  topic === record.telemetryTopic
    ? 'telemetry'
    : (record.topics.get(topic)?.channel ??
      (record.patterns.length === 0 ? undefined : patternOf(record, topic)?.channel))

const patternOf = ({ patterns }: DeviceRecord, topic: string): TopicPattern | undefined =>
  patterns.find(({ levels }) => levelsIn(levels, topic) !== undefined)

/** How a topic of the device goes down the stream; undefined when it is none of the device's. */
export function routeOf(record: DeviceRecord, topic: string): Route | undefined {
  const known = record.topics.get(topic)?.route
  if (known !== undefined || record.patterns.length === 0) return known
  const pattern = patternOf(record, topic)
  return pattern && newRoute(record.orgId, record.device.id, record.deviceClass, topic, pattern.channel)
}

/** Somebody types the code of a booking at a device that can be booked, and whoever has sent a command waits for its answer. */
const newRoute = (
  orgId: string,
  key: string,
  { bookable }: DeviceClass,
  type: string,
  channel: Channel,
): Route => ({
  orgId,
  key,
  type,
  ...(bookable ? { isConfidential: true } : {}),
  ...(channel === 'cmdres' ? { isAwaited: true } : {}),
})

export interface TelemetryTopic {
  /** Which of the class's telemetry entries. */
  readonly entry: number
  /** What stands for its open levels. */
  readonly levels: Readonly<Record<string, string>>
}

const noLevels: Readonly<Record<string, string>> = {}

/** What a telemetry topic of the device is in its class. */
export function telemetryTopicOf(record: DeviceRecord, topic: string): TelemetryTopic | undefined {
  const exact = record.topics.get(topic)
  // What is there without open levels goes before what would fit, also where it is for something else.
  if (exact !== undefined) return exact.entry < 0 ? undefined : { entry: exact.entry, levels: noLevels }
  const pattern = patternOf(record, topic)
  if (pattern === undefined || pattern.entry < 0) return undefined
  return { entry: pattern.entry, levels: levelsIn(pattern.levels, topic) ?? noLevels }
}

/** Where the broker notes that a device came or went; no device can publish on a topic that begins with $. */
export const connectionTopic = '$connection'

export function toDeviceRecord(orgId: string, device: Device, deviceClass: DeviceClass): DeviceRecord {
  const topics = new Map<string, OwnTopic>()
  const add = (topic: string, channel: Channel, entry: number): void => {
    topics.set(topic, { channel, entry, route: newRoute(orgId, device.id, deviceClass, topic, channel) })
  }
  add(connectionTopic, 'lifecycle', -1)
  const patterns: TopicPattern[] = []
  let telemetryTopic = ''
  let entries = 0
  for (const { channel, template } of templatesOf(deviceClass)) {
    if (channel === 'command') continue
    const topic = topicFor(template, orgId, addressOf(device))
    const entry = channel === 'telemetry' ? entries++ : -1
    if (hasOpenLevels(template)) patterns.push({ channel, topic, levels: topic.split('/'), entry })
    else {
      add(topic, channel, entry)
      if (entry >= 0) telemetryTopic ||= topic
    }
  }
  const ownTopic = (template: string): string => topicFor(template, orgId, addressOf(device))
  return {
    orgId,
    device,
    deviceClass,
    topics,
    telemetryTopic,
    patterns,
    isPlain: device.zone === undefined && isPlainClass(deviceClass),
    commandTopics: templatesOf(deviceClass)
      .filter(({ channel }) => channel === 'command')
      .map(({ template }) => ownTopic(template)),
    answerTopics: setOf(answerTemplatesOf(deviceClass).map(ownTopic)),
    answersByReports: deviceClass.commands.some(({ acknowledged }) => acknowledged?.by === 'reported'),
    ports: portsByNumber(device, deviceClass),
  }
}

const noTopics: ReadonlySet<string> = new Set()
/** Most have none, and there are many devices. */
const setOf = (topics: readonly string[]): ReadonlySet<string> =>
  topics.length === 0 ? noTopics : new Set(topics)

const isPlainClass = ({
  commands,
  lifecycle,
  reported,
  telemetry: [first, ...others],
}: DeviceClass): boolean =>
  first !== undefined &&
  others.length === 0 &&
  lifecycle === undefined &&
  answerTemplatesOf({ commands }).length === 0 &&
  !hasOpenLevels(first.topic) &&
  isPlain(first.decode) &&
  !reported.some((path) => path.includes('"'))
