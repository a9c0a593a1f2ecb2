import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { execPath, exit } from 'node:process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export const serverCore = 0
export const generatorCore = 1

const keptLines = 30
const stopMs = 20_000

/** True when server and generator each get a core of their own. */
export const canPin: boolean =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', '1', 'true']).status === 0

/** A process of ours with the last lines of its output at hand, for when something goes wrong. */
export interface Child {
  readonly process: ChildProcess
  /** The first line of its standard output that `accept` understands; rejects when the process ends before. */
  line<Value>(accept: (line: string) => Value | undefined, seconds: number): Promise<Value>
  lastOutput(): string
  /** SIGTERM, and SIGKILL if that does not end it in time. */
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
// However the bench ends, nothing that it started stays behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
process.once('SIGINT', () => exit(130))
process.once('SIGTERM', () => exit(143))

export function startNode(
  args: readonly string[],
  options: { core: number; env?: Record<string, string>; ipc?: boolean; cwd?: string },
): Child {
  const pinned = canPin ? ['taskset', '-c', String(options.core)] : []
  const [command = execPath, ...rest] = [...pinned, execPath, ...args]
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? (['ipc'] as const) : [])],
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  running.add(child)
  const ended = Promise.withResolvers<void>()
  child.once('exit', () => {
    running.delete(child)
    ended.resolve()
  })
  const kept: string[] = []
  const waiting = new Set<(line: string) => void>()
  const read = (stream: Readable | null, notify: boolean): void => {
    if (stream === null) return
    createInterface({ input: stream }).on('line', (line) => {
      kept.push(line)
      if (kept.length > keptLines) kept.shift()
      if (notify) for (const take of waiting) take(line)
    })
  }
  read(child.stdout, true)
  read(child.stderr, false)
  const lastOutput = (): string => kept.join('\n')
  return {
    process: child,
    lastOutput,
    async line(accept, seconds) {
      const found = Promise.withResolvers<NonNullable<ReturnType<typeof accept>>>()
      const take = (line: string): void => {
        const value = accept(line)
        if (value !== undefined && value !== null) found.resolve(value)
      }
      const fail = (why: string): void =>
        found.reject(new Error(`${args.join(' ')} ${why}:\n${lastOutput()}`))
      const timer = setTimeout(() => fail(`was not ready after ${seconds} s`), seconds * 1000)
      const exited = (): void => fail('ended')
      child.once('exit', exited)
      waiting.add(take)
      try {
        return await found.promise
      } finally {
        clearTimeout(timer)
        waiting.delete(take)
        child.off('exit', exited)
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
      await ended.promise
      clearTimeout(timer)
    },
  }
}

/** Options for the server's Node, such as `--cpu-prof --cpu-prof-dir=/tmp/profile`. */
export function serverFlags(): string[] {
  return (process.env['BENCH_SERVER_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')
}
