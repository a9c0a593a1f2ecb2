import { z } from 'zod'
import { type ActiveHours, activeHoursSchema } from '../alerts/active-hours.ts'
import { type Severity, severities } from '../alerts/rule.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import { type Language, languages } from './channel.ts'

/** How somebody is reached without a channel of the organization: in the app, and at the address that they sign in with. */
export const personalKinds = ['in-app', 'email'] as const
export type PersonalKind = (typeof personalKinds)[number]

const kindsSchema = z.array(z.enum(personalKinds)).max(personalKinds.length)

export const preferencesBody = z.strictObject({
  /** By which ways they hear of alerts of a severity. */
  channels: z.strictObject({
    info: kindsSchema.default([]),
    warning: kindsSchema.default([]),
    critical: kindsSchema.default([]),
  }),
  /** When mails come later, at the end of them; what is critical is told at once, and the app disturbs nobody. */
  quietHours: activeHoursSchema.nullable().default(null),
  language: z.enum(languages).default('en'),
})
export type Preferences = z.output<typeof preferencesBody>

const preferencesSchema = z.strictObject({
  /** Of the user. */
  id: z.string(),
  channels: z.strictObject({ info: kindsSchema, warning: kindsSchema, critical: kindsSchema }),
  quietHours: activeHoursSchema.nullable(),
  language: z.enum(languages),
  changedAtMs: z.number(),
})
export type StoredPreferences = z.output<typeof preferencesSchema>

export const preferencesCollection: CollectionSpec<StoredPreferences> = {
  name: 'notification_preferences',
  schema: preferencesSchema,
  indexes: severities.map((severity) => [`channels.${severity}`]),
}

/** Of whoever has not said: nobody is told who did not ask to be. */
export const noPreferences: Preferences = {
  channels: { info: [], warning: [], critical: [] },
  quietHours: null,
  language: 'en',
}

export const viewPreferences = ({ channels, language, quietHours }: Preferences): Preferences => ({
  channels,
  quietHours,
  language,
})

interface ToPerson {
  readonly userId: string
  /** What is told there is about themselves, so it takes no leave to look at anything. */
  readonly isOwn?: boolean
}
/** A way to one person, by the name that a delivery has for it; no key of a channel has a colon. */
export type PersonalWay =
  | (ToPerson & { readonly kind: PersonalKind })
  /** A browser that they have subscribed. */
  | (ToPerson & { readonly kind: 'web-push'; readonly subscriptionId: string })

export const keyOfWay = (way: PersonalWay): string =>
  [
    way.isOwn === true ? 'self' : 'user',
    way.userId,
    way.kind,
    ...(way.kind === 'web-push' ? [way.subscriptionId] : []),
  ].join(':')

/** Undefined for the key of a channel. */
export function wayOfKey(key: string): PersonalWay | undefined {
  const [prefix, userId = '', name, subscriptionId] = key.split(':')
  if (prefix !== 'self' && prefix !== 'user') return undefined
  const to = prefix === 'self' ? { userId, isOwn: true } : { userId }
  if (name === 'web-push' && subscriptionId !== undefined) return { ...to, kind: name, subscriptionId }
  const kind = personalKinds.find((each) => each === name)
  return kind === undefined ? undefined : { ...to, kind }
}

/** By which ways somebody hears of a severity, each once. Pure. */
export const waysOf = (
  { channels, id: userId }: StoredPreferences,
  severity: Severity,
): readonly PersonalWay[] => [...new Set(channels[severity])].map((kind) => ({ userId, kind }))

/** What a channel to this person would say. */
export const mannersOf = (
  { language, quietHours }: Preferences,
  kind: PersonalWay['kind'],
): { readonly language: Language; readonly quietHours?: ActiveHours } => ({
  language,
  ...(quietHours === null || kind === 'in-app' ? {} : { quietHours }),
})
