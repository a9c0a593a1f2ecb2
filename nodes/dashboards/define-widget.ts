import { z } from 'zod'
import { domain as devicesDomain } from '../devices/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { defineNode, type NodeModule } from '../platform/kit/define-node.ts'
import { defineConfig } from '../platform/kit/node-config.ts'
import type { OutputPort } from '../platform/kit/node-definition.ts'
import { type ChosenDevice, chosenDeviceMessage } from './chosen-device.ts'
import { whoSaid } from './who-said.ts'

/** Where a widget stands on its page, edited by the Dashboard's own controls. */
const placeShape = {
  group: z.string().default('').meta({ editor: 'ui-group' }),
  order: z.coerce.number().int().default(0).meta({ editor: 'hidden' }),
  width: z.coerce.number().int().min(0).default(0).meta({ editor: 'widget-size' }),
  height: z.coerce.number().int().min(0).default(0).meta({ editor: 'hidden' }),
}

/** What several widgets ask; `nodes/dashboards/locales` names them. */
export const asks = {
  /** Of one device; empty: the one chosen on the page. */
  device: z.string().default(''),
  /** Numbers of ports, with commas; empty: all that report. */
  ports: z
    .string()
    .regex(/^\s*(\d{1,4}\s*(,\s*\d{1,4}\s*)*)?$/)
    .default(''),
  classKey: z.string().default(''),
  tag: z.string().default(''),
  title: z.string().default(''),
} as const

const placeSchema = z.object(placeShape)
const needs = { devices: devicesDomain, identity: identityDomain }

const saidSchema = z.strictObject({
  chosenDevice: z.string().max(64),
  organization: z.string().max(64).optional(),
})

export interface WidgetDefinition {
  /** `ui-…`, as the Dashboard wants it; the folder has `widget.vue`, its half in the browser. */
  readonly type: `ui-${string}`
  readonly icon: string
  readonly properties: Readonly<Record<string, z.ZodType>>
  /** Sends the device that somebody chooses, with who it was. */
  readonly choosesDevice?: boolean
}

/**
 * A widget of Dashboard 2.0. The node stands on a page and says how it is set up; its half in the browser asks the API as
 * the user who is signed in. Nothing of a reading goes through here.
 */
export function defineWidget({
  type,
  icon,
  properties,
  choosesDevice = false,
}: WidgetDefinition): NodeModule<z.ZodObject, unknown, typeof needs> {
  const outputs: readonly OutputPort<ChosenDevice>[] = choosesDevice
    ? [{ label: 'chosen device', message: chosenDeviceMessage }]
    : []
  return defineNode({
    type,
    category: 'dashboards',
    icon,
    config: defineConfig<z.ZodObject>(z.object({ ...placeShape, ...properties })),
    needs,
    outputs,
    start({ config, emit, needed: { devices, identity }, takePlace }) {
      takePlace?.({
        groupId: placeSchema.parse(config).group,
        properties: config,
        async onSaid(said, client) {
          const { data } = saidSchema.safeParse(said)
          if (!choosesDevice || data === undefined) return
          const { chosenDevice: deviceId, organization } = data
          const speaker = await whoSaid(identity, client, 'modules:iot:devices:read', organization)
          if (speaker === undefined || devices.directory.lookup(deviceId)?.orgId !== speaker.orgId) return
          const { email, userId } = speaker.principal
          const { socketId } = client
          emit([[{ deviceId, orgId: speaker.orgId }]], { _client: { socketId, userId, email } })
        },
      })
      return {}
    },
  })
}
