import type { Mailer } from '../../nodes/platform/mail/port.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string
  readonly from: string
}

const timeoutMs = 15_000

/** Connections are kept and used again. Its library is loaded only where there is a server. */
export function openSmtp({ from, url }: SmtpOptions): Mailer {
  const transport = import('nodemailer').then(({ createTransport }) =>
    createTransport(withTimeouts(url), { from }),
  )
  const domain = from.replace(/^.*@/, '').replace(/>.*$/, '')
  return {
    async send({ id, subject, text, to }) {
      const opened = await transport
      const sent = await opened.sendMail({
        to: [...to],
        subject,
        text,
        messageId: `<${id}@${domain}>`,
        // A template is text: nothing in it is fetched.
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      return sent.response
    },
    close: () => void transport.then((opened) => opened.close()),
  }
}

/** Connections that hang give up. */
function withTimeouts(url: string): string {
  const withLimits = new URL(url)
  for (const name of ['connectionTimeout', 'greetingTimeout', 'socketTimeout'])
    if (!withLimits.searchParams.has(name)) withLimits.searchParams.set(name, String(timeoutMs))
  if (!withLimits.searchParams.has('pool')) withLimits.searchParams.set('pool', 'true')
  return withLimits.href
}
