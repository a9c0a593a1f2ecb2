import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { parsePaymentFaults } from './faults.ts'
import { startSandbox } from './server.ts'

const help = `npm run sim -- payments [--port 4010] [--fault …]

A provider of payments of no real money. PAYMENTS_SANDBOX_SECRET is what it and the platform share;
the platform finds it by PAYMENTS_SANDBOX_URL.

  --port N              where it listens, on 127.0.0.1; 0 for a free one
  --fault duplicate     webhooks come twice
  --fault silence       no webhook comes
  --fault delay=MS      webhooks come late
  --fault failure=RATE  so many of its answers to the platform are errors, 0 to 1
`

/** Runs until it is stopped; the exit code. */
export async function runPayments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
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
  const secret = env['PAYMENTS_SANDBOX_SECRET'] ?? ''
  const port = Number(values.port)
  const mistake =
    'mistake' in faults
      ? faults.mistake
      : secret === ''
        ? 'PAYMENTS_SANDBOX_SECRET is missing: what it and the platform share'
        : Number.isInteger(port) && port >= 0 && port < 65_536
          ? undefined
          : '--port: give a number from 0 to 65535'
  if (mistake !== undefined || 'mistake' in faults) {
    process.stderr.write(`${mistake ?? ''}\n`)
    return 2
  }
  await using server = await startSandbox({ port, secret, faults })
  process.stdout.write(`payments at ${server.url}\n`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'disconnect')])
  return 0
}
