import { domain as alertsDomain } from '../alerts/domain.ts'
import { domain as devicesDomain } from '../devices/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { given, kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import type { Mailer } from '../platform/mail/port.ts'
import type { Outgoing } from '../platform/outgoing/port.ts'
import { accountMails } from './account-mails.ts'
import { Channels, type Seal } from './channels.ts'
import { Deliveries, type FindChannel } from './deliveries.ts'
import { Enclosures } from './enclosures.ts'
import { Inbox } from './inbox.ts'
import { Notifications } from './notifications.ts'
import { People } from './people.ts'
import { wayOfKey } from './preferences.ts'
import { PushSubscriptions } from './push-subscriptions.ts'
import { emailSender } from './senders/email.ts'
import { type FcmSettings, fcmSender } from './senders/fcm.ts'
import { inAppSender } from './senders/in-app.ts'
import { smsSender, type TwilioSettings } from './senders/sms.ts'
import { type PushEncoder, webPushSender } from './senders/web-push.ts'
import { webhookSender } from './senders/webhook.ts'

export interface WebPush {
  /** With which browsers subscribe, base64url. */
  readonly publicKey: string
  readonly encode: PushEncoder
}

/** By what the platform reaches people; undefined where nothing is set up. */
export interface NotificationSettings {
  readonly outgoing: Outgoing
  readonly seal: Seal
  readonly mailer: Mailer | undefined
  readonly twilio: TwilioSettings | undefined
  readonly push: WebPush
  readonly fcm: FcmSettings | undefined
}
export const notificationSettings = given<NotificationSettings>('settings of notifications')

const keptMs = 30 * 24 * 3_600_000

export const domain = defineDomain({
  id: 'notifications',
  needs: {
    ...kit('clock', 'info', 'jobs', 'live', 'log', 'outbox', 'secrets', 'store'),
    alerts: alertsDomain,
    devices: devicesDomain,
    identity: identityDomain,
    settings: notificationSettings,
  },
  start({
    alerts: { alerts },
    clock,
    devices: { directory },
    identity,
    info: { publicUrl },
    jobs,
    live,
    log,
    outbox,
    secrets,
    settings,
    store,
  }) {
    const { fcm, mailer, outgoing, push, seal, twilio } = settings
    const channels = new Channels({ store, clock, seal })
    const pushes = new PushSubscriptions({ store, clock })
    const people = new People({ store, clock, identity, pushes })
    const inbox = new Inbox({ store, clock })
    const enclosures = new Enclosures()
    const channelOf: FindChannel = (orgId, key) =>
      wayOfKey(key) === undefined ? channels.get(orgId, key) : people.channelOf(orgId, key)
    const deliveries = new Deliveries({
      store,
      clock,
      jobs,
      channels: {
        retire: (orgId, key) =>
          wayOfKey(key) === undefined ? channels.retire(orgId, key) : people.forget(orgId, key),
      },
      channelOf,
      enclosures,
      log: log.child({ part: 'notifications' }),
      senders: {
        webhook: webhookSender(outgoing, clock),
        email: emailSender(mailer),
        sms: smsSender(outgoing, twilio),
        'web-push': webPushSender(outgoing, push.encode),
        fcm: fcmSender(outgoing, fcm),
        'in-app': inAppSender(live, inbox),
      },
    })
    const { counts } = deliveries
    return {
      service: new Notifications({
        alerts,
        channels,
        channelOf,
        people,
        pushes,
        publicPushKey: push.publicKey,
        inbox,
        enclosures,
        canMail: mailer !== undefined,
        deliveries,
        directory,
        clock,
        newId: () => secrets.newId(),
        outbox,
      }),
      effects: [accountMails({ identity, mailer, people, publicUrl })],
      jobs: [deliveries.job],
      duties: [
        {
          name: 'sweeping deliveries',
          nextMs: every(3_600_000),
          async run() {
            for await (const orgId of identity.organizationIds()) {
              await deliveries.sweep(orgId, clock.nowMs() - keptMs)
              await inbox.sweep(orgId, clock.nowMs() - keptMs)
            }
          },
        },
      ],
      figures: [
        {
          kind: 'counter',
          name: 'fleetloom_notices_delivered_total',
          help: 'Notices that were delivered',
          read: () => counts.delivered,
        },
        {
          kind: 'counter',
          name: 'fleetloom_notices_failed_total',
          help: 'Notices that were given up',
          read: () => counts.failed,
        },
        {
          kind: 'counter',
          name: 'fleetloom_notices_retried_total',
          help: 'Tries to deliver a notice that are made again',
          read: () => counts.retried,
        },
      ],
      stop: () => mailer?.close(),
    }
  },
})
