import { z } from 'zod'
import { activeHoursSchema } from '../alerts/active-hours.ts'
import { channelKeySchema, severitySchema } from '../alerts/rule.ts'
import { faultOfUrl } from '../platform/outgoing/public-address.ts'
import { toIsoTime, toIsoTimeOrNull } from '../platform/kit/iso-time.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { pushKeysSchema } from './push-keys.ts'

export const languages = ['en', 'pt', 'fr'] as const
export type Language = (typeof languages)[number]

const webhookConfig = z
  .strictObject({
    url: z.string().max(2000),
    /** `whsec_` and a random key in base64. */
    secret: z.string().min(6).max(200),
    /** For platform admins only. */
    allowPrivateAddress: z.boolean().optional(),
  })
  .superRefine(({ allowPrivateAddress, url }, context) => {
    const fault = faultOfUrl(url, allowPrivateAddress)
    if (fault !== undefined) context.addIssue({ code: 'custom', path: ['url'], message: fault })
  })
const address = z.email().max(200)
const emailConfig = z.strictObject({
  to: z.union([address.transform((one) => [one]), z.array(address).min(1).max(50)]),
})
const smsConfig = z.strictObject({
  to: z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a number such as +390612345678'),
})
const webPushConfig = z
  .strictObject({
    subscription: z.strictObject({
      endpoint: z.string().max(2000),
      expirationTime: z.number().nullable().optional(),
      keys: pushKeysSchema,
    }),
    /** For platform admins only. */
    allowPrivateAddress: z.boolean().optional(),
  })
  .superRefine(({ allowPrivateAddress, subscription }, context) => {
    const fault = faultOfUrl(subscription.endpoint, allowPrivateAddress)
    if (fault !== undefined)
      context.addIssue({ code: 'custom', path: ['subscription', 'endpoint'], message: fault })
  })
const fcmConfig = z.strictObject({ token: z.string().min(1).max(500) })
const inAppConfig = z.strictObject({})

export const channelKinds = ['webhook', 'email', 'sms', 'web-push', 'fcm', 'in-app'] as const
export type ChannelKind = (typeof channelKinds)[number]

const common = {
  key: channelKeySchema,
  language: z.enum(languages).default('en'),
  /** Nothing less is told there. */
  minSeverity: severitySchema.optional(),
  /** When it is told later, at the end of them; what is critical is told at once. */
  quietHours: activeHoursSchema.optional(),
}

export const channelBody = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('webhook'), config: webhookConfig }),
  z.strictObject({ ...common, kind: z.literal('email'), config: emailConfig }),
  z.strictObject({ ...common, kind: z.literal('sms'), config: smsConfig }),
  z.strictObject({ ...common, kind: z.literal('web-push'), config: webPushConfig }),
  z.strictObject({ ...common, kind: z.literal('fcm'), config: fcmConfig }),
  z.strictObject({ ...common, kind: z.literal('in-app'), config: inAppConfig }),
])
export type ChannelBody = z.output<typeof channelBody>

/** Times in epoch milliseconds. Checked when it came, so it is not judged again by rules that may have become stricter. */
const storedFields = {
  id: z.string(),
  createdAtMs: z.number(),
  /** Its receiver has said that it is gone for good. */
  retiredAtMs: z.number().nullable(),
}
export const channelSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    ...storedFields,
    kind: z.literal('webhook'),
    config: z.strictObject({
      url: z.string(),
      secret: z.string(),
      allowPrivateAddress: z.boolean().optional(),
    }),
  }),
  z.strictObject({
    ...common,
    ...storedFields,
    kind: z.literal('email'),
    config: z.strictObject({ to: z.array(z.string()) }),
  }),
  z.strictObject({ ...common, ...storedFields, kind: z.literal('sms'), config: smsConfig }),
  z.strictObject({
    ...common,
    ...storedFields,
    kind: z.literal('web-push'),
    config: z.strictObject({
      subscription: z.strictObject({
        endpoint: z.string(),
        expirationTime: z.number().nullable().optional(),
        keys: z.strictObject({ p256dh: z.string(), auth: z.string() }),
      }),
      allowPrivateAddress: z.boolean().optional(),
    }),
  }),
  z.strictObject({ ...common, ...storedFields, kind: z.literal('fcm'), config: fcmConfig }),
  z.strictObject({ ...common, ...storedFields, kind: z.literal('in-app'), config: inAppConfig }),
])
export type Channel = z.output<typeof channelSchema>
export type ChannelOf<K extends ChannelKind> = Extract<Channel, { readonly kind: K }>

export const channelCollection: CollectionSpec<Channel> = {
  name: 'notification_channels',
  schema: channelSchema,
  // Keys, tokens and addresses of people.
  audit: { without: ['config'] },
  indexes: [['createdAtMs']],
}

export const channelView = z.object({
  key: z.string(),
  kind: z.enum(channelKinds),
  /** Without what is secret. */
  config: z.record(z.string(), z.json()),
  language: z.enum(languages),
  minSeverity: severitySchema.optional(),
  quietHours: activeHoursSchema.optional(),
  createdAt: z.iso.datetime(),
  retiredAt: z.iso.datetime().nullable(),
})

/** What callers see: where it leads, and nothing that lets anybody in. */
export const viewChannel = (channel: Channel): z.output<typeof channelView> => ({
  key: channel.key,
  kind: channel.kind,
  config: openPart(channel),
  language: channel.language,
  minSeverity: channel.minSeverity,
  quietHours: channel.quietHours,
  createdAt: toIsoTime(channel.createdAtMs),
  retiredAt: toIsoTimeOrNull(channel.retiredAtMs),
})

function openPart(channel: Channel): z.output<typeof channelView>['config'] {
  if (channel.kind === 'webhook') {
    const { allowPrivateAddress = false, url } = channel.config
    return { url, allowPrivateAddress }
  }
  if (channel.kind === 'email' || channel.kind === 'sms') return { to: channel.config.to }
  if (channel.kind === 'web-push') {
    const { allowPrivateAddress = false, subscription } = channel.config
    return { host: new URL(subscription.endpoint).host, allowPrivateAddress }
  }
  return {}
}
