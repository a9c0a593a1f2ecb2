import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { fromBase64, utf8Bytes } from '../../platform/kit/bytes.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'
import type { DeviceDirectory } from '../../devices/directory.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { deadLetterReasons } from '../dead-letter-reasons.ts'
import { type Evaluate, type TriedSample, trySample } from '../decode/try-sample.ts'
import { qualities } from '../reading.ts'
import { defaultTimeWindow } from '../timestamp.ts'
import { faultOfClass } from '../../devices/class-faults.ts'
import { channels, type DeviceClass, templatesOf, writtenClassSchema } from '../../devices/device-class.ts'
import { type Device, type DeviceRecord, toDeviceRecord } from '../../devices/device.ts'
import { commandMessage } from '../../devices/command-payload.ts'
import { checkCommand, commandValueSchema } from '../../devices/check-command.ts'
import { deviceAddressSchema } from '../../platform/identifiers.ts'
import { namedBy } from '../../devices/topics.ts'

const maxSampleBytes = 65_536
const sampleSchema = z
  .strictObject({
    topic: z.string().min(1).max(1024),
    payload: z.string().max(maxSampleBytes).optional(),
    payloadBase64: z
      .base64()
      .max(2 * maxSampleBytes)
      .optional(),
    /** As if it had been received then. */
    receivedAt: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ payload, payloadBase64 }) => (payload === undefined) !== (payloadBase64 === undefined), {
    message: 'must have either payload or payloadBase64',
  })

const triedSchema = z.object({
  topic: z.string(),
  device: z.string().nullable(),
  channel: z.enum(channels).nullable(),
  isIgnored: z.boolean(),
  readings: z.array(
    z.object({
      port: z.int(),
      name: z.string(),
      unit: z.string(),
      ts: z.iso.datetime(),
      rawValue: z.number(),
      calibratedValue: z.number(),
      quality: z.enum(qualities),
    }),
  ),
  reports: z.array(z.record(z.string(), z.json())),
  lifecycle: z.enum(['online', 'offline']).nullable(),
  events: z.array(z.record(z.string(), z.json())),
  responses: z.array(z.record(z.string(), z.json())),
  /** Of a gateway that brings any. */
  children: z.array(z.object({ device: z.string(), payload: z.string() })).optional(),
  reasons: z.array(z.object({ reason: z.enum(deadLetterReasons), detail: z.string() })),
})

const triedCommandSchema = z.strictObject({
  action: z.string().min(1).max(64),
  value: commandValueSchema.optional(),
  /** The address of the device that it would be for. */
  device: deviceAddressSchema.default('device-1'),
})

const triedMessageSchema = z.object({
  action: z.string(),
  topic: z.string().nullable(),
  payload: z.string().nullable(),
  /** Why it would not be sent. */
  reason: z.string().nullable(),
})

function tryCommand(
  { action, device, value }: z.output<typeof triedCommandSchema>,
  orgId: string,
  deviceClass: DeviceClass,
  nowMs: number,
): z.output<typeof triedMessageSchema> {
  const checked = checkCommand(deviceClass, action, value)
  const nothing = { action, topic: null, payload: null }
  if (checked.kind === 'wrong') return { ...nothing, reason: `${checked.path}: ${checked.message}` }
  const record = toDeviceRecord(orgId, newDevice(device, deviceClass.key), deviceClass)
  const inHand = { id: 'command-1', value: checked.value }
  const message = commandMessage(record, checked.command, inHand, nowMs)
  return message === undefined
    ? { ...nothing, reason: 'the class has no command topic' }
    : { action, ...message, reason: null }
}

const nobody: Omit<TriedSample, 'reasons'> = {
  device: null,
  channel: null,
  isIgnored: false,
  readings: [],
  reports: [],
  lifecycle: null,
  events: [],
  responses: [],
}

/** The device that the topic names, as registered, or as it would be. */
function recordBy(
  topic: string,
  orgId: string,
  deviceClass: DeviceClass,
  directory: Pick<DeviceDirectory, 'byAddress'>,
): DeviceRecord | undefined {
  for (const { channel, template } of templatesOf(deviceClass)) {
    const named = channel === 'command' ? undefined : namedBy(template, topic)
    if (named === undefined || (named.orgId ?? orgId) !== orgId) continue
    const known = directory
      .byAddress(named.address)
      .find((record) => record.orgId === orgId && record.device.classKey === deviceClass.key)
    return toDeviceRecord(orgId, known?.device ?? newDevice(named.address, deviceClass.key), deviceClass)
  }
  return undefined
}

const newDevice = (address: string, classKey: string): Device => ({
  id: address,
  classKey,
  name: address,
  tags: [],
  ports: [],
  isEnabled: true,
  credential: { salt: '', hash: '' },
  createdAt: '1970-01-01T00:00:00.000Z',
})

export const operation = defineOperation({
  id: 'tryDeviceClass',
  method: 'post',
  path: '/api/v1/device-classes/try',
  tag: 'devices',
  summary:
    'What messages would become by a device class, and what its commands would say, before it counts; nothing is kept',
  access: 'modules:iot:device-classes:create',
  body: z
    .strictObject({
      class: writtenClassSchema,
      samples: z.array(sampleSchema).max(50).default([]),
      commands: z.array(triedCommandSchema).max(50).default([]),
    })
    .refine(({ commands, samples }) => samples.length + commands.length > 0, {
      path: ['samples'],
      message: 'must have a sample, or commands one',
    }),
  responses: {
    200: {
      description: 'For each sample what it becomes',
      schema: z.object({ items: z.array(triedSchema), commands: z.array(triedMessageSchema).optional() }),
    },
  },
  needs: { ...kit('clock', 'expressions'), devices: devicesDomain },
  async handle({ body, orgId }, { clock, devices, expressions }) {
    const deviceClass = { ...body.class, version: 1 }
    const fault = faultOfClass(deviceClass)
    if (fault !== undefined) return refuse(invalid(fault.path.replace('body', 'body.class'), fault.message))
    // Under a name of its own: what overruns here does not suspend the class that it may become.
    const owner = { orgId, classKey: `${deviceClass.key}/try`, version: 1 }
    const evaluate: Evaluate = (source, text) =>
      new Promise((done) => {
        expressions.submit({ owner, source, text, done })
      })
    const items: unknown[] = []
    for (const { payload, payloadBase64, receivedAt, topic } of body.samples) {
      const bytes = payload === undefined ? fromBase64(payloadBase64 ?? '') : utf8Bytes(payload)
      const record = recordBy(topic, orgId, deviceClass, devices.directory)
      if (record === undefined) {
        const detail = 'not a topic of this class'
        items.push({ topic, ...nobody, reasons: [{ reason: 'foreign-topic', detail }] })
        continue
      }
      const atMs = receivedAt === undefined ? clock.nowMs() : parseIsoTime(receivedAt)
      const uplink = {
        orgId,
        deviceId: record.device.id,
        topic,
        payload: bytes,
        receivedAt: atMs,
        offset: '',
      }
      const tried = await trySample(uplink, record, defaultTimeWindow, evaluate)
      items.push({ topic, ...tried })
    }
    const commands = body.commands.map((wanted) => tryCommand(wanted, orgId, deviceClass, clock.nowMs()))
    return reply(200, { items, ...(commands.length === 0 ? {} : { commands }) })
  },
})
