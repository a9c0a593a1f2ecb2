import type { Alerts } from '../alerts/alerts.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { DomainEvent } from '../platform/kit/events/event.ts'
import { alertCollection } from '../alerts/alert.ts'
import type { Outbox } from '../platform/kit/events/outbox.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import { mailReset } from './account-mails.ts'
import { floodNotice, noticeOf, tellingOf } from './alert-notices.ts'
import type { Channels } from './channels.ts'
import type { Deliveries, FindChannel } from './deliveries.ts'
import type { Language } from './channel.ts'
import type { Delivery, Notice } from './delivery.ts'
import { type Enclosures, withoutEnclosures } from './enclosures.ts'
import type { Inbox, Notification } from './inbox.ts'
import type { People } from './people.ts'
import type { PushSubscriptions } from './push-subscriptions.ts'
import { keyOfWay, personalKinds, wayOfKey } from './preferences.ts'
import { canBeFlooded, floodLimit, floodMs, whenToTell } from './when-to-tell.ts'
import { wordsOfTest } from './words.ts'

export interface NotificationParts {
  readonly alerts: Pick<Alerts, 'get'>
  readonly channels: Channels
  readonly channelOf: FindChannel
  readonly people: People
  readonly pushes: PushSubscriptions
  readonly publicPushKey: string
  readonly inbox: Inbox
  readonly deliveries: Deliveries
  readonly directory: Pick<DeviceDirectory, 'lookup'>
  readonly clock: { nowMs(): number }
  readonly outbox: Pick<Outbox, 'put'>
  readonly newId: () => string
  readonly enclosures: Enclosures
  /** Whether there is a mail server. */
  readonly canMail: boolean
}

/** Tells of what happens, on the channels that want to hear of it. */
export class Notifications {
  readonly channels: Channels
  readonly deliveries: Deliveries
  readonly people: People
  readonly pushes: PushSubscriptions
  /** With which browsers subscribe, base64url. */
  readonly publicPushKey: string
  readonly inbox: Inbox
  readonly enclosures: Enclosures
  readonly #parts: NotificationParts

  constructor(parts: NotificationParts) {
    this.#parts = parts
    this.channels = parts.channels
    this.deliveries = parts.deliveries
    this.people = parts.people
    this.pushes = parts.pushes
    this.publicPushKey = parts.publicPushKey
    this.inbox = parts.inbox
    this.enclosures = parts.enclosures
  }

  /** Puts what is to be told of an event on its way, once for each channel. @throws StoreUnavailable */
  async tell(event: DomainEvent): Promise<readonly Delivery[]> {
    if (event.type === 'PasswordResetRequested') {
      await mailReset(this.#parts, event)
      return []
    }
    if (event.subject.kind !== alertCollection.name) return []
    const { alerts, channelOf, clock, deliveries, directory, people } = this.#parts
    const { atMs, id: cause, orgId, subject } = event
    const alert = await alerts.get(orgId, subject.id)
    const telling = alert === undefined ? undefined : tellingOf(event, alert)
    if (telling === undefined) return []
    const record = directory.lookup(telling.alert.deviceId)
    const keys = [...telling.channels, ...(await people.keysFor(orgId, telling.alert.severity))]
    const told = [...new Set(keys)].map(async (key): Promise<Delivery | undefined> => {
      const channel = await channelOf(orgId, key)
      // Who has left, or may not look any more, is not told; a channel that is missing is somebody's mistake, and said.
      if (channel === undefined && wayOfKey(key) !== undefined) return undefined
      const nowMs = clock.nowMs()
      const notBeforeMs = channel === undefined ? nowMs : whenToTell(channel, telling.alert.severity, nowMs)
      if (notBeforeMs === undefined) return undefined
      const language = channel?.language ?? 'en'
      const isFlood =
        channel !== undefined &&
        canBeFlooded(channel) &&
        (await deliveries.countBetween(orgId, key, nowMs - floodMs, nowMs)) >= floodLimit
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

  /** Tells a user about themselves, in the app, by mail and in the browsers that they subscribed, once for each cause. @throws StoreUnavailable */
  async tellUser(
    orgId: string,
    userId: string,
    cause: string,
    noticeIn: (language: Language) => Notice,
  ): Promise<readonly Delivery[]> {
    const { canMail, deliveries, people, pushes } = this.#parts
    const notice = noticeIn((await people.preferencesOf(orgId, userId)).language)
    const kinds = personalKinds.filter((kind) => kind !== 'email' || canMail)
    const browsers = await pushes.of(orgId, userId)
    const keys = [
      ...kinds.map((kind) => keyOfWay({ userId, kind, isOwn: true })),
      ...browsers.map(({ id }) => keyOfWay({ userId, kind: 'web-push', subscriptionId: id, isOwn: true })),
    ]
    return Promise.all(
      keys.map((channel) => deliveries.put(orgId, { cause, channel, alertId: null, notice })),
    )
  }

  /** As they may be shown to whom they were told: with what is written down nowhere. */
  opened(orgId: string, shown: readonly Notification[]): Promise<readonly Notification[]> {
    const { deliveries, enclosures } = this.#parts
    return Promise.all(
      shown.map(async (each) => {
        if (!enclosures.has(each.type)) return each
        const delivery = await deliveries.get(orgId, each.id)
        if (delivery === undefined) return { ...each, text: '' }
        const notice = await enclosures.open(orgId, delivery.notice)
        return { ...each, text: notice?.text ?? withoutEnclosures(delivery.notice.text) }
      }),
    )
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
