import { openSmtp } from '../engines/mail/smtp.ts'
import { openSafeHttp } from '../engines/outgoing/safe-http.ts'
import { fcmToken } from '../engines/push/fcm-token.ts'
import type { NotificationSettings } from '../nodes/notifications/domain.ts'
import type { Mailer } from '../nodes/platform/mail/port.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import type { Settings } from './env.ts'
import type { FollowedSecrets } from './follow-secrets.ts'

/** By what people are reached, as far as it is set up. Addresses of providers are whoever's who sets them up: they may be inside. */
export function openNotifications(
  settings: Settings,
  secrets: Pick<FollowedSecrets, 'now' | 'onRenewed'>,
): Omit<NotificationSettings, 'push' | 'seal'> {
  const outgoing = openSafeHttp()
  const { FCM_SERVICE_ACCOUNT: account } = settings
  return {
    outgoing,
    mailer: mailerOf(settings, secrets),
    twilio: twilioOf(settings, () => secrets.now.TWILIO_AUTH_TOKEN),
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

/** With another address, which the password is part of, mails go over connections of their own from then on. */
function mailerOf(
  { MAIL_FROM: from, SMTP_URL: url }: Settings,
  secrets: Pick<FollowedSecrets, 'onRenewed'>,
): Mailer | undefined {
  if (url === undefined) return undefined
  let current = openSmtp({ url, from })
  secrets.onRenewed(['SMTP_URL'], ({ SMTP_URL }) => {
    if (SMTP_URL === undefined) return
    current.close()
    current = openSmtp({ url: SMTP_URL, from })
  })
  return { send: (mail) => current.send(mail), close: () => current.close() }
}

function twilioOf(
  { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: token, TWILIO_FROM: from, TWILIO_URL: url }: Settings,
  tokenNow: () => string | undefined,
): NotificationSettings['twilio'] {
  if (accountSid === undefined || token === undefined || from === undefined) return undefined
  return {
    accountSid,
    from,
    url,
    allowPrivateAddress: true,
    get authToken() {
      return tokenNow() ?? token
    },
  }
}
