import { openSmtp } from '../engines/mail/smtp.ts'
import { openSafeHttp } from '../engines/outgoing/safe-http.ts'
import { fcmToken } from '../engines/push/fcm-token.ts'
import { webPushEncoder } from '../engines/push/web-push-encoder.ts'
import type { NotificationSettings } from '../nodes/notifications/domain.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import type { Settings } from './env.ts'

/** By what people are reached, as far as it is set up. Addresses of providers are whoever's who sets them up: they may be inside. */
export function openNotifications(settings: Settings): NotificationSettings {
  const outgoing = openSafeHttp()
  const { FCM_SERVICE_ACCOUNT: account, MAIL_FROM, SMTP_URL, VAPID_PRIVATE_KEY, VAPID_PUBLIC_KEY } = settings
  return {
    outgoing,
    mailer: SMTP_URL === undefined ? undefined : openSmtp({ url: SMTP_URL, from: MAIL_FROM }),
    twilio: twilioOf(settings),
    push:
      VAPID_PRIVATE_KEY === undefined || VAPID_PUBLIC_KEY === undefined
        ? undefined
        : webPushEncoder({
            subject: `mailto:${settings.ADMIN_EMAIL}`,
            publicKey: VAPID_PUBLIC_KEY,
            privateKey: VAPID_PRIVATE_KEY,
          }),
    pushKey: VAPID_PUBLIC_KEY,
    fcm:
      account === undefined
        ? undefined
        : {
            projectId: account.project_id,
            accessToken: fcmToken(account, outgoing, () => systemClock.nowMs()),
            url: settings.FCM_URL,
            allowPrivateAddress: true,
          },
  }
}

function twilioOf({
  TWILIO_ACCOUNT_SID: accountSid,
  TWILIO_AUTH_TOKEN: authToken,
  TWILIO_FROM: from,
  TWILIO_URL: url,
}: Settings): NotificationSettings['twilio'] {
  if (accountSid === undefined || authToken === undefined || from === undefined) return undefined
  return { accountSid, authToken, from, url, allowPrivateAddress: true }
}
