/**
 * Starts the platform and stops it when it is ready, so that what was compiled is kept for starts that may not write it:
 * `node scripts/start-once.ts <arguments for node>`, with the same as those starts have, since V8's flags count.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

const maxMs = 120_000
/** The last line that a start says. */
const readyLine = 'Ctrl-C stops it.'

const folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-once-'))
try {
  await cp('flows', path.join(folder, 'flows'), { recursive: true })
  process.exitCode = await startOnce(process.argv.slice(2))
} finally {
  await rm(folder, { recursive: true })
}

/** Resolves with the exit code; 1 where it has not ended by itself. */
async function startOnce(args: readonly string[]): Promise<number> {
  const env = {
    ...process.env,
    PORT: '0',
    MQTT_PORT: '0',
    DATA_DIR: path.join(folder, 'data'),
    FLOWS_DIR: path.join(folder, 'flows'),
    DEMO: 'off',
    LOG_LEVEL: 'warn',
  }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: maxMs })
  const exit = once(child, 'exit')
  let isReady = false
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes(readyLine)) continue
    isReady = true
    child.kill('SIGTERM')
  }
  const [code]: unknown[] = await exit
  return isReady && code === 0 ? 0 : 1
}
