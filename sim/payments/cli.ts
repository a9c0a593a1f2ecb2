import { parseArgs } from 'node:util'
import { type ProviderKey, providerKeys } from '../../nodes/platform/payments/port.ts'
import { parsePaymentFaults } from './faults.ts'
import { isPort, untilStopped } from '../serving.ts'
import { startPayments } from './server.ts'

const help = `npm run sim -- payments [--protocol sandbox] [--port 4010] [--fault …]

A provider of payments of no real money. What it and the platform share is PAYMENTS_SANDBOX_SECRET, and
for the others STRIPE_SECRET_KEY (with STRIPE_WEBHOOK_SECRET the same) or PAGBANK_TOKEN; the platform
finds it by PAYMENTS_SANDBOX_URL, STRIPE_URL or PAGBANK_URL.

  --protocol NAME       as which it speaks: sandbox, stripe, pagbank
  --webhook URL         where a Stripe account would have its webhooks sent; the others are told
  --port N              where it listens, on 127.0.0.1; 0 for a free one
  --fault duplicate     webhooks come twice
  --fault silence       no webhook comes
  --fault short         a cent less is taken than was asked for
  --fault delay=MS      webhooks come late
  --fault failure=RATE  so many of its answers to the platform are errors, 0 to 1
`

const secretNames = {
  sandbox: 'PAYMENTS_SANDBOX_SECRET',
  stripe: 'STRIPE_SECRET_KEY',
  pagbank: 'PAGBANK_TOKEN',
} as const satisfies Readonly<Record<ProviderKey, string>>

/** Runs until it is stopped; the exit code. */
export async function runPayments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      protocol: { type: 'string', default: 'sandbox' },
      webhook: { type: 'string', default: '' },
      port: { type: 'string', default: '4010' },
      fault: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const faults = parsePaymentFaults(values.fault)
  const protocol = providerKeys.find((key) => key === values.protocol)
  const shared = protocol === undefined ? '' : secretNames[protocol]
  const secret = env[shared] ?? ''
  const port = Number(values.port)
  const mistake =
    'mistake' in faults
      ? faults.mistake
      : protocol === undefined
        ? `--protocol ${values.protocol}: give ${providerKeys.join(', ')}`
        : secret === ''
          ? `${shared} is missing: what it and the platform share`
          : isPort(port)
            ? undefined
            : '--port: give a number from 0 to 65535'
  if (mistake !== undefined || protocol === undefined || 'mistake' in faults) {
    process.stderr.write(`${mistake ?? ''}\n`)
    return 2
  }
  await using server = await startPayments({ port, protocol, secret, faults, webhookUrl: values.webhook })
  process.stdout.write(`payments at ${server.url}\n`)
  await untilStopped()
  return 0
}
