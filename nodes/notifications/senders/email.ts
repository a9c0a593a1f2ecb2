import type { Mailer } from '../../platform/mail/port.ts'
import { type Sender, Undeliverable } from './sender.ts'

/** What SMTP says of what it will never take, such as an address that there is not. */
const isPermanent = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'responseCode' in error &&
  typeof error.responseCode === 'number' &&
  error.responseCode >= 550 &&
  error.responseCode < 560

export const emailSender =
  (mailer: Mailer | undefined): Sender<'email'> =>
  async ({ channel: { config }, id, notice: { text, title } }) => {
    if (mailer === undefined) throw new Undeliverable('no mail server is set up: SMTP_URL')
    return mailer.send({ to: config.to, subject: title, text, id }).catch((error: unknown) => {
      throw isPermanent(error) && error instanceof Error ? new Undeliverable(error.message) : error
    })
  }
