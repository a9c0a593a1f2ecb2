import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

export interface Worker {
  /** When it has said that it works, milliseconds after it was started. */
  readonly readyMs: number
  /** The line that said so. */
  readonly first: string
  /** Lines it has said since. */
  readonly said: readonly string[]
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Runs a script of the harness in a process of its own; resolves when it says its first line. */
export async function startWorker(script: string, args: readonly string[]): Promise<Worker> {
  const startedMs = performance.now()
  const child: ChildProcess = spawn(process.execPath, [path.join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said: string[] = []
  let rest = ''
  const ready = Promise.withResolvers<undefined>()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    said.push(...lines)
    if (said.length > 0) ready.resolve(undefined)
  })
  const ended = once(child, 'close')
  await Promise.race([
    ready.promise,
    ended.then(() => {
      throw new Error(`${script} ended before it was ready`)
    }),
  ])
  const first = said.shift() ?? ''
  return {
    readyMs: performance.now() - startedMs,
    first,
    said,
    async kill(signal) {
      child.kill(signal)
      await ended
    },
  }
}
