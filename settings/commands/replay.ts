import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { replaySchema } from '../../nodes/telemetry/replay-job.ts'
import { answered, platformUrl, tokenFor } from './api-session.ts'

const usage = `Usage: npm run fleetloom -- replay --organization ORG [--device ID | --every-organization]
    [--from TIME] [--to TIME] [--from-offset OFFSET] [--target NAME] [--wait] [--url http://127.0.0.1:1880]

Signs in with FLEETLOOM_TOKEN, or with ADMIN_EMAIL and ADMIN_PASSWORD.
`
const options = {
  organization: { type: 'string' },
  device: { type: 'string' },
  'every-organization': { type: 'boolean', default: false },
  from: { type: 'string' },
  to: { type: 'string' },
  'from-offset': { type: 'string' },
  target: { type: 'string' },
  wait: { type: 'boolean', default: false },
  url: { type: 'string' },
} as const

const lookAgainMs = 1000

/** `replay …`: asks the running platform for one, and waits for its end if told to. */
export async function replayCommand(words: readonly string[]): Promise<number> {
  let values
  try {
    ;({ values } = parseArgs({ args: [...words], options }))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  if (values.organization === undefined) {
    process.stderr.write(`Say for which organization.\n\n${usage}`)
    return 2
  }
  const url = platformUrl(values.url)
  try {
    const headers = {
      authorization: `Bearer ${await tokenFor(url)}`,
      'content-type': 'application/json',
      'x-organization': values.organization,
    }
    const body = JSON.stringify({
      deviceId: values.device,
      everyOrganization: values['every-organization'],
      from: values.from,
      to: values.to,
      fromOffset: values['from-offset'],
      target: values.target,
    })
    const asked = await answered(
      await fetch(new URL('/api/v1/replays', url), { method: 'POST', headers, body }),
    )
    let job = replaySchema.parse(asked)
    process.stdout.write(`replay ${job.id}: ${url}/api/v1/replays/${job.id}\n`)
    while (values.wait && job.endedAt === null) {
      await delay(lookAgainMs)
      job = replaySchema.parse(
        await answered(await fetch(new URL(`/api/v1/replays/${job.id}`, url), { headers })),
      )
      process.stdout.write(`${job.state}: ${job.messages} messages, up to ${job.upTo ?? 'nothing yet'}\n`)
    }
    if (job.detail !== null) process.stderr.write(`${job.detail}\n`)
    return job.state === 'failed' || job.state === 'cancelled' ? 1 : 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}
