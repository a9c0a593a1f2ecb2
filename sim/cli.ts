import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { PlatformError } from './api.ts'
import { parseCommandLine, type SimOptions } from './args.ts'
import { parseCredentials } from './credentials.ts'
import { startFleet, type Member } from './fleet.ts'
import { HELP } from './help.ts'
import { runPayments } from './payments/cli.ts'
import { parseOwnerMessage } from './owner.ts'
import { startProgress } from './progress.ts'
import { planDevices, registerDevices } from './register.ts'

/** Told to the person at the keyboard without a stack. */
class UsageError extends Error {}

process.exitCode = await main()

async function main(): Promise<number> {
  const [first, ...rest] = process.argv.slice(2)
  if (first === 'payments') return runPayments(rest, process.env)
  // Its protocols' libraries are for development only, and missing where those were left out.
  if (first === 'receivers') return (await import('./receivers/cli.ts')).runReceivers(rest, process.env)
  const commandLine = parseCommandLine(process.argv.slice(2), process.env)
  if (commandLine.kind === 'run') return run(commandLine.options)
  leaveOwner()
  if (commandLine.kind === 'mistakes') {
    process.stderr.write(`${commandLine.mistakes.join('\n')}\n`)
    return 2
  }
  process.stdout.write(HELP)
  return 0
}

async function run(options: SimOptions): Promise<number> {
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop).once('disconnect', stop)
  try {
    const members = await findMembers(options, stopping.signal)
    await runFleet(options, members, stopping.signal)
    return 0
  } catch (error) {
    if (stopping.signal.aborted) return 0
    if (!(error instanceof PlatformError || error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  } finally {
    leaveOwner()
  }
}

async function findMembers({ source }: SimOptions, signal: AbortSignal): Promise<readonly Member[]> {
  if (source.kind === 'register') {
    const { url, signIn, organization, classes, prefix } = source
    const devices = planDevices(classes, prefix)
    process.stdout.write(`registering ${devices.length} devices in "${organization}" at ${url}\n`)
    return registerDevices({ url, signIn, organization, devices, signal })
  }
  const text = await readFile(source.path, 'utf8').catch((error: Error) => {
    throw new UsageError(`--credentials: ${error.message}`)
  })
  const parsed = parseCredentials(text)
  if (parsed.kind === 'members') return parsed.members
  throw new UsageError(parsed.mistakes.map((mistake) => `${source.path}: ${mistake}`).join('\n'))
}

async function runFleet(
  { mqttUrl, intervalMs, durationMs, seed, faults }: SimOptions,
  members: readonly Member[],
  signal: AbortSignal,
): Promise<void> {
  process.stdout.write(`starting ${members.length} devices at ${mqttUrl}, seed ${seed}\n`)
  const fleet = startFleet({ mqttUrl, members, intervalMs, seed, faults })
  const progress = startProgress(fleet.counts, process.stdout)
  process.on('message', (message) => {
    const request = parseOwnerMessage(message)
    if (request !== undefined) fleet.person(request.deviceId, request.input)
  })
  void fleet.ready.then(() => process.send?.({ type: 'ready' }))

  await untilStopped(durationMs, signal)
  await fleet.stop()
  progress.stop()
}

async function untilStopped(durationMs: number | undefined, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const ended = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  if (durationMs === undefined) await ended
  else await delay(durationMs, undefined, { signal }).catch(() => ended)
}

/** The open channel to the process that started this one would keep it alive. */
function leaveOwner(): void {
  process.removeAllListeners('disconnect')
  if (process.connected) process.disconnect()
}
