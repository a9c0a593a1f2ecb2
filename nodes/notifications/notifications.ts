import type { Alerts } from '../alerts/alerts.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { alertCollection } from '../alerts/alert.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { floodNotice, noticeOf, tellingOf } from './alert-notices.ts'
import type { Page } from '../platform/store/port.ts'
import type { Channels } from './channels.ts'
import type { Deliveries } from './deliveries.ts'
import type { Delivery, Notice } from './delivery.ts'
import type { Language } from './channel.ts'
import type { Enclosures } from './enclosures.ts'
import { inAppKeyOf, type Personal } from './personal.ts'
import { floodMs, isFlooded, whenToTell } from './when-to-tell.ts'
import { wordsOfTest } from './words.ts'

export interface NotificationParts {
  readonly alerts: Pick<Alerts, 'get'>
  readonly channels: Channels
  readonly deliveries: Deliveries
  readonly directory: Pick<DeviceDirectory, 'lookup'>
  readonly clock: { nowMs(): number }
  readonly newId: () => string
  readonly personal: Personal
  readonly enclosures: Enclosures
  readonly pushKey?: string | undefined
}

/** Tells of what happens, on the channels that want to hear of it. */
export class Notifications {
  readonly channels: Channels
  readonly deliveries: Deliveries
  readonly personal: Personal
  readonly enclosures: Enclosures
  /** What browsers subscribe with; undefined while Web Push is not set up. */
  readonly pushKey: string | undefined
  readonly #parts: NotificationParts

  constructor(parts: NotificationParts) {
    this.#parts = parts
    this.channels = parts.channels
    this.deliveries = parts.deliveries
    this.personal = parts.personal
    this.enclosures = parts.enclosures
    this.pushKey = parts.pushKey
  }

  /** Puts what is to be told of an event on its way, once for each channel. @throws StoreUnavailable */
  async tell(event: DomainEvent): Promise<readonly Delivery[]> {
    if (event.subject.kind !== alertCollection.name) return []
    const { alerts, channels, clock, deliveries, directory } = this.#parts
    const { atMs, id: cause, orgId, subject } = event
    const alert = await alerts.get(orgId, subject.id)
    const telling = alert === undefined ? undefined : tellingOf(event, alert)
    if (telling === undefined) return []
    const record = directory.lookup(telling.alert.deviceId)
    const told = [...new Set(telling.channels)].map(async (key): Promise<Delivery | undefined> => {
      const channel = await channels.get(orgId, key)
      const nowMs = clock.nowMs()
      const notBeforeMs = channel === undefined ? nowMs : whenToTell(channel, telling.alert.severity, nowMs)
      if (notBeforeMs === undefined) return undefined
      const language = channel?.language ?? 'en'
      const isFlood =
        channel !== undefined && isFlooded(channel, await deliveries.countSince(orgId, key, nowMs - floodMs))
      if (!isFlood) {
        const notice = noticeOf(telling, record, atMs, language)
        return deliveries.put(orgId, { cause, channel: key, alertId: subject.id, notice, notBeforeMs })
      }
      // One for all of them, when the minute is over.
      const minute = Math.floor(nowMs / floodMs)
      const notice = floodNotice(toIsoTime(minute * floodMs), language)
      const endMs = Math.max(notBeforeMs, (minute + 1) * floodMs)
      return deliveries.put(orgId, {
        cause: `flood/${minute}`,
        channel: key,
        alertId: null,
        notice,
        notBeforeMs: endMs,
      })
    })
    return (await Promise.all(told)).filter((delivery) => delivery !== undefined)
  }

  /** Tells a user, by each way that they want, once for each cause. @throws StoreUnavailable */
  async tellUser(
    orgId: string,
    userId: string,
    cause: string,
    noticeIn: (language: Language) => Notice,
  ): Promise<readonly Delivery[]> {
    const { deliveries, personal } = this.#parts
    const notice = noticeIn((await personal.preferences(orgId, userId)).language)
    const keys = await personal.keysOf(orgId, userId)
    return Promise.all(
      keys.map((channel) => deliveries.put(orgId, { cause, channel, alertId: null, notice })),
    )
  }

  /** What a user was told, the newest first; without what there is nothing to put in for any more. @throws InvalidCursor */
  async noticesOf(
    orgId: string,
    userId: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Delivery>> {
    const { deliveries, enclosures } = this.#parts
    const told = await deliveries.listOf(orgId, inAppKeyOf(userId), page)
    const items = await Promise.all(
      told.items.map(async ({ document, version }) => {
        const notice = await enclosures.open(orgId, document.notice)
        return { version, document: { ...document, notice: notice ?? { ...document.notice, text: '' } } }
      }),
    )
    return { ...told, items }
  }

  /** Undefined when there is no such channel. */
  async test(orgId: string, key: string): Promise<Delivery | undefined> {
    const { channels, clock, deliveries, newId } = this.#parts
    const channel = await channels.get(orgId, key)
    if (channel === undefined) return undefined
    const notice = {
      type: 'channel.test',
      timestamp: toIsoTime(clock.nowMs()),
      data: { channel: key },
      ...wordsOfTest(channel.language),
    }
    return deliveries.put(orgId, { cause: newId(), channel: key, alertId: null, notice })
  }
}
