import { devCertificate } from '../server/tls/dev-certificate.ts'
import { EngineRefused } from '../engines/sole-use/engine-refused.ts'
import { type RunningPlatform, startPlatform } from './start.ts'
import { InvalidSettings, readSettings } from './env.ts'
import { createLog } from './log.ts'
import { optimizeSoon } from './optimize-soon.ts'
import { SecretRefused } from '../nodes/identity/sign-in/secrets.ts'

const neededMajor = 24
const major = Number(process.versions.node.split('.')[0])
if (major !== neededMajor) {
  process.stderr.write(
    `Fleetloom runs on Node ${neededMajor}, which it brings along; this is ${process.version}. Start it with \`npm start\`.\n`,
  )
  process.exit(1)
}

let running: RunningPlatform | undefined
let hasSaidWhy = false
// Nothing left to wait for, or a library that ends the process: no start comes to nothing without a word.
process.once('exit', (code) => {
  if (running === undefined && !hasSaidWhy)
    process.stderr.write(`Fleetloom ended before it had started (code ${code}).\n`)
})

try {
  const read = readSettings(process.env)
  const isSecure = process.argv.includes('--https') && read.TLS_CERT === undefined
  const settings = isSecure
    ? { ...read, ...(await devCertificate(read.DATA_DIR, read.HOST, Date.now())) }
    : read
  const log = createLog(settings.LOG_LEVEL)
  let isStopping = false
  const stop = (signal: string): void => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    hasSaidWhy = true
    // What a start has begun is as a kill would leave it: on disk, or done again by the next.
    if (running === undefined) process.exit(0)
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the stop did not go to plan')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  running = await startPlatform(settings, log)
  optimizeSoon()
  // What a caller can bring about must not end what serves everybody: it is told, and the platform goes on.
  process.on('unhandledRejection', (reason) =>
    log.error(
      { err: reason instanceof Error ? reason : new Error(String(reason)) },
      'nobody handled a failure',
    ),
  )
} catch (error) {
  const isForOperator =
    error instanceof InvalidSettings ||
    error instanceof SecretRefused ||
    error instanceof EngineRefused ||
    (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
  process.stderr.write(
    `${isForOperator ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  )
  hasSaidWhy = true
  process.exit(1)
}
