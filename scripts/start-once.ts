/**
 * Starts the platform and stops it when it is ready, so that what was compiled is kept for starts that may not write it:
 * `node scripts/start-once.ts <arguments for node>`, with the same as those starts have, since V8's flags count.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { lastLine } from '../settings/welcome.ts'
import { placeApart } from './place-apart.ts'

const maxMs = 120_000

const folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-once-'))
try {
  process.exitCode = await startOnce(process.argv.slice(2))
} finally {
  await rm(folder, { recursive: true })
}

/** Resolves with the exit code; 1 where it has not ended by itself. */
async function startOnce(args: readonly string[]): Promise<number> {
  const env = { ...process.env, ...(await placeApart(folder)) }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: maxMs })
  const exit = once(child, 'exit')
  let isReady = false
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== lastLine) continue
    isReady = true
    child.kill('SIGTERM')
  }
  const [code]: unknown[] = await exit
  return isReady && code === 0 ? 0 : 1
}
