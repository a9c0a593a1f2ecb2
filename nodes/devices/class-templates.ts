import { z } from 'zod'
import airPurifier from './classes/air-purifier.json' with { type: 'json' }
import portMonitor from './classes/port-monitor.json' with { type: 'json' }
import sleepPod from './classes/sleep-pod.json' with { type: 'json' }
import { commandValueSchema } from './check-command.ts'
import { writtenClassSchema } from './device-class.ts'
import { classKeySchema } from '../platform/identifiers.ts'
import chirpstackServer from './templates/chirpstack-server.json' with { type: 'json' }
import chirpstack from './templates/chirpstack.json' with { type: 'json' }
import esphome from './templates/esphome.json' with { type: 'json' }
import shipped from './templates/shipped.json' with { type: 'json' }
import shelly from './templates/shelly.json' with { type: 'json' }
import tasmota from './templates/tasmota.json' with { type: 'json' }
import zigbee2mqttBridge from './templates/zigbee2mqtt-bridge.json' with { type: 'json' }
import zigbee2mqtt from './templates/zigbee2mqtt.json' with { type: 'json' }

export const classTemplateSchema = z.strictObject({
  key: classKeySchema,
  name: z.string(),
  /** What is to be done here and at the device, a step each. */
  setUp: z.array(z.string()),
  /** Comes with the platform: devices may be of it without its being adopted. */
  isShipped: z.boolean().default(false),
  class: writtenClassSchema,
  /** What stands for a level of its topics is one's own: who says so when it is adopted gets these commands with it. */
  asks: z
    .strictObject({
      level: z.string(),
      about: z.string(),
      example: z.string(),
      commands: z.array(z.json()),
    })
    .optional(),
  /** What such devices send, and what it becomes: port and raw value of each reading. */
  samples: z.array(
    z.strictObject({
      topic: z.string(),
      payload: z.string(),
      readings: z.array(z.tuple([z.int(), z.number()])).default([]),
      reports: z.array(z.record(z.string(), z.json())).default([]),
      lifecycle: z.enum(['online', 'offline']).nullable().default(null),
    }),
  ),
  /** What they are told, and in which words. */
  commands: z
    .array(
      z.strictObject({
        action: z.string(),
        value: commandValueSchema.optional(),
        device: z.string(),
        topic: z.string(),
        payload: z.string(),
      }),
    )
    .default([]),
})
export type ClassTemplate = z.output<typeof classTemplateSchema>
type WrittenClass = ClassTemplate['class']

/** What may stand for a level where a template asks for one. */
export const levelSchema = z.string().regex(/^[A-Za-z0-9._~-]{1,128}$/, 'must be letters, digits, . _ ~ or -')

/** The class with the level as it is here, and with the commands that need it. */
export function classWithLevel({ asks, class: written }: ClassTemplate, value: string): WrittenClass {
  if (asks === undefined) return written
  const whole = { ...written, commands: [...written.commands, ...asks.commands] }
  // The value has nothing in it that would be more than text.
  return writtenClassSchema.parse(JSON.parse(JSON.stringify(whole).replaceAll(`{${asks.level}}`, value)))
}

type Shipped = (typeof shipped)[keyof typeof shipped]
const ofOurs = (
  one: { readonly key: string; readonly name: string },
  { samples, setUp }: Shipped,
): object => ({ key: one.key, name: one.name, isShipped: true, class: one, setUp, samples })

/** Makes of devices whose classes are ready to be taken. */
export const classTemplates: readonly ClassTemplate[] = z
  .array(classTemplateSchema)
  .parse([
    chirpstack,
    chirpstackServer,
    esphome,
    shelly,
    tasmota,
    zigbee2mqtt,
    zigbee2mqttBridge,
    ofOurs(portMonitor, shipped['port-monitor']),
    ofOurs(airPurifier, shipped['air-purifier']),
    ofOurs(sleepPod, shipped['sleep-pod']),
  ])
