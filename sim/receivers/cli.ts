import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { isPort, untilStopped } from '../serving.ts'
import { parseReceiverFaults } from './faults.ts'
import type { Received } from './received.ts'
import { type Receivers, startReceivers } from './server.ts'

const help = `npm run sim -- receivers [--port 4020] [--smtp-port 4025] [--fault …]

Whoever is told of alerts: webhooks (verified as Standard Webhooks), mails, SMS as Twilio takes them, FCM v1 and Web Push.
Prints a line of JSON for all that comes.

  --port N              of HTTP, on 127.0.0.1; 0 for a free one
  --smtp-port N         of mail
  --secret TEXT         of webhooks, whsec_ and a key in base64, or WEBHOOK_SECRET (a new one)
  --fault error=RATE    so many are not taken for now (503; SMTP 451), 0 to 1
  --fault gone=RATE     so many hear that the receiver is gone (410; FCM UNREGISTERED; SMTP 550)
  --fault reset=RATE    so many connections are cut
  --fault timeout=RATE  so many are never answered
  --fault slow=MS       answers come late
`

/** Runs until it is stopped; the exit code. */
export async function runReceivers(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '4020' },
      'smtp-port': { type: 'string', default: '4025' },
      secret: { type: 'string' },
      fault: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const faults = parseReceiverFaults(values.fault)
  const [port, smtpPort] = [Number(values.port), Number(values['smtp-port'])]
  const secret = values.secret ?? env['WEBHOOK_SECRET'] ?? `whsec_${randomBytes(24).toString('base64')}`
  const mistake =
    'mistake' in faults
      ? faults.mistake
      : [port, smtpPort].every(isPort)
        ? undefined
        : '--port, --smtp-port: give numbers from 0 to 65535'
  if (mistake !== undefined || 'mistake' in faults) {
    process.stderr.write(`${mistake ?? ''}\n`)
    return 2
  }
  const onReceived = (one: Received): void => void process.stdout.write(`${lineOf(one)}\n`)
  await using receivers = await startReceivers({ port, smtpPort, secret, faults, onReceived })
  process.stdout.write(howToReach(receivers, secret))
  await untilStopped()
  return 0
}

const lineOf = ({ headers: _headers, ...one }: Received): string =>
  JSON.stringify({ at: new Date().toISOString(), ...one })

const howToReach = ({ base, smtpUrl, subscription, url }: Receivers, secret: string): string =>
  `webhook        {"url":"${url}","secret":"${secret}","allowPrivateAddress":true}
SMTP_URL       ${smtpUrl}
TWILIO_URL     ${base}
FCM_URL        ${base}   (token_uri of FCM_SERVICE_ACCOUNT: ${base}/token)
web push       ${JSON.stringify({ subscription, allowPrivateAddress: true })}
`
