import type { Severity } from '../../../dashboards/alerts/severity.ts'
import type { PreferencesView } from '../../../dashboards/kit/views.ts'
import { weekdays } from '../../../dashboards/kit/weekdays.ts'

export type Way = PreferencesView['channels']['critical'][number]
export const ways = ['in-app', 'email'] as const satisfies readonly Way[]

type QuietHours = NonNullable<PreferencesView['quietHours']>

/** How somebody wants to be told, while they fill in the form. */
export interface Wishes extends Pick<PreferencesView, 'channels' | 'language'> {
  readonly isQuiet: boolean
  /** Kept while they are switched off. */
  readonly quietHours: QuietHours
}

/** What quiet hours begin with: the nights. */
const nightsIn = (timeZone: string): QuietHours => ({
  timeZone,
  days: [...weekdays],
  from: '22:00',
  to: '07:00',
})

export const wishesOf = ({ channels, language, quietHours }: PreferencesView, ownZone: string): Wishes => ({
  channels,
  language,
  isQuiet: quietHours !== null,
  quietHours: quietHours ?? nightsIn(ownZone),
})

export const preferencesOf = ({ channels, isQuiet, language, quietHours }: Wishes): PreferencesView => ({
  channels,
  language,
  quietHours: isQuiet ? quietHours : null,
})

/** With a way of hearing of a severity, or without it. */
export function toggled(wishes: Wishes, severity: Severity, way: Way): Wishes {
  const before = wishes.channels[severity]
  const after = before.includes(way) ? before.filter((each) => each !== way) : [...before, way]
  return { ...wishes, channels: { ...wishes.channels, [severity]: after } }
}

/** Of anything, by that way or by any. */
export const isTold = ({ channels }: Wishes, way?: Way): boolean =>
  Object.values(channels).some((chosen) => (way === undefined ? chosen.length > 0 : chosen.includes(way)))
