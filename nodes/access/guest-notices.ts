import { z } from 'zod'
import type { Bookings } from '../booking/bookings.ts'
import type { Pods } from '../booking/pods.ts'
import type { Delivery } from '../notifications/delivery.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { AccessCodes } from './access-codes.ts'
import { type GuestNotice, wordsForGuest } from './guest-words.ts'

/** What an event of a booking is to its guest. */
const noticeFor: Readonly<Record<string, GuestNotice>> = {
  AccessCodeIssued: 'booking.code',
  BookingMoved: 'booking.moved',
  BookingExtended: 'booking.moved',
  BookingCancelled: 'booking.cancelled',
  BookingStartingSoon: 'booking.starting',
  SessionEndingSoon: 'booking.ending',
  BookingOverstayed: 'booking.overstayed',
}

/** The types of event that guests hear of. */
export const toldOf: readonly string[] = Object.keys(noticeFor)

const withCode = ['booking.code', 'booking.moved', 'booking.starting'] as const

const aboutSchema = z.object({ bookingId: z.string(), start: z.string().optional() })

export interface GuestNoticeParts {
  readonly bookings: Pick<Bookings, 'get'>
  readonly pods: Pick<Pods, 'get'>
  readonly codes: Pick<AccessCodes, 'issue'>
  readonly notifications: Pick<Notifications, 'enclosures' | 'tellUser'>
}

/** Tells guests of their bookings. */
export class GuestNotices {
  readonly #parts: GuestNoticeParts

  constructor(parts: GuestNoticeParts) {
    this.#parts = parts
  }

  /** Codes are put into notices when they are sent or read, as they are at that moment. The result ends it. */
  encloseCodes(): () => void {
    const { enclosures } = this.#parts.notifications
    const ends = withCode.map((type) =>
      enclosures.add(type, (orgId, data) => this.#codeOf(orgId, data, type === 'booking.starting')),
    )
    return () => {
      for (const end of ends) end()
    }
  }

  /** Puts what its guest is to know of an event on its way, once. @throws StoreUnavailable */
  async tell({ atMs, data, id: cause, orgId, type }: DomainEvent): Promise<readonly Delivery[]> {
    const notice = noticeFor[type]
    const about = aboutSchema.safeParse(data)
    if (notice === undefined || !about.success) return []
    const { bookings, notifications, pods } = this.#parts
    const booking = await bookings.get(orgId, about.data.bookingId)
    if (booking === undefined) return []
    const pod = await pods.get(orgId, booking.podId)
    if (pod === undefined) return []
    const { endMs, id: bookingId, startMs, userId } = booking
    const { name, timeZone } = pod
    const start = toIsoTime(startMs)
    // Cancelled, moved or begun since.
    if (notice === 'booking.starting' && (booking.status !== 'CONFIRMED' || start !== about.data.start))
      return []
    return notifications.tellUser(orgId, userId, cause, (language) => ({
      type: notice,
      timestamp: toIsoTime(atMs),
      data: { bookingId, podId: pod.id, start },
      ...wordsForGuest(notice, language, { pod: name, timeZone, startMs, endMs }),
    }))
  }

  async #codeOf(
    orgId: string,
    data: unknown,
    isReminder: boolean,
  ): Promise<{ readonly code: string } | undefined> {
    const about = aboutSchema.safeParse(data)
    const booking = about.success ? await this.#parts.bookings.get(orgId, about.data.bookingId) : undefined
    if (booking === undefined) return undefined
    // Of a time that it had before nobody wants to be reminded, however late the reminder is sent.
    if (isReminder && toIsoTime(booking.startMs) !== about.data?.start) return undefined
    const issued = await this.#parts.codes.issue(orgId, booking.id)
    return issued === undefined ? undefined : { code: issued.code }
  }
}
