/** Who has booked a pod, what opens its door, and how its keypad is: for a person. */
import { bookingStatusTexts, liveStatuses } from '../../../dashboards/booking/status.ts'
import { type Locale, plural } from '../../../dashboards/kit/format.ts'
import { language } from '../../../dashboards/kit/language.ts'
import type { BookingView, KeypadView, PodCodeView } from '../../../dashboards/kit/views.ts'
import { texts } from './texts.ts'

/** From when until when on the clock of the pod; the day of the end where it is another one. */
export function spanText(from: string, to: string, timeZone: string, locale: Locale = language): string {
  const day = { weekday: 'short', day: 'numeric', month: 'short' } as const
  const time = { hour: '2-digit', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(locale, { ...day, ...time, timeZone })
    .formatRange(Date.parse(from), Date.parse(to))
    .replaceAll(/[\u2009\u202F]/g, ' ')
}

export interface GuestRow {
  readonly id: string
  readonly userId: string
  readonly span: string
  readonly status: BookingView['status']
  readonly statusText: string
  /** Whether its code is one of the door, and until when; never the code. */
  readonly code: string
}

/** The bookings that still need the pod, whoever is in it first. */
export function guestRows(
  bookings: readonly BookingView[],
  codes: readonly PodCodeView[],
  timeZone: string,
): readonly GuestRow[] {
  return bookings
    .filter(({ status }) => liveStatuses.has(status))
    .toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start))
    .map(({ end, id, start, status, userId }) => {
      const code = codes.find((each) => each.bookingId === id && each.status === 'live')
      return {
        id,
        userId,
        span: spanText(start, end, timeZone),
        status,
        statusText: bookingStatusTexts[status],
        code: code === undefined ? texts.noCode : spanText(code.validFrom, code.validUntil, timeZone),
      }
    })
}

export interface RevokedRow {
  readonly key: string
  readonly bookingId: string
  readonly revoked: string
  /** It may open the door still: the pod has not heard of it. */
  readonly isExposed: boolean
  readonly exposed: string
}

/** Codes that were taken back, the newest first. */
export const revokedRows = (
  codes: readonly PodCodeView[],
  timeZone: string,
  nowMs: number,
): readonly RevokedRow[] =>
  codes.flatMap(({ bookingId, exposedUntil, revokedAt, status }) => {
    if (status !== 'revoked' || revokedAt === null) return []
    const isExposed = Date.parse(exposedUntil) > nowMs
    const exposed = momentText(exposedUntil, timeZone)
    return [
      {
        key: `${bookingId} ${revokedAt}`,
        bookingId,
        revoked: momentText(revokedAt, timeZone),
        isExposed,
        exposed: isExposed ? texts.exposedUntil(exposed) : texts.goneSince(exposed),
      },
    ]
  })

export const momentText = (time: string, timeZone: string, locale: Locale = language): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    Date.parse(time),
  )

/** How the keypad is. */
export function keypadText({ isLocked, lockedUntil, wrongCodes }: KeypadView, timeZone: string): string {
  if (isLocked)
    return lockedUntil === null ? texts.locked : texts.lockedUntil(momentText(lockedUntil, timeZone))
  return wrongCodes === 0 ? texts.takesCodes : `${texts.takesCodes} · ${wrongText(wrongCodes)}`
}

export const wrongText = (count: number): string => plural(count, texts.wrongOne, texts.wrongMany)
