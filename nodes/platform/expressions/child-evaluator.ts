/**
 * A process of its own and no thread: an allocation that V8 cannot serve ends its whole process, that of a thread
 * included, whatever the thread's `resourceLimits` are.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../clock.ts'
import { answerWithinMs, heapMb, lookAtMemoryMs, maxResidentBytes, niceness } from './limits.ts'
import type { FromEvaluator, Result, Turn } from './protocol.ts'

export type Answer =
  | { readonly kind: 'done'; readonly results: readonly Result[] }
  /** It was ended, or ended itself, over this turn. */
  | { readonly kind: 'overran'; readonly limit: 'time' | 'memory' }
  /** It ended for no reason of the turn that is known. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'not-started' }

/** With larger pages more is resident than is counted, and the heap's own limit is left. */
const pageBytes = 4096

/** Evaluates one turn after the other. */
export interface TurnEvaluator {
  evaluate(turn: Turn): Promise<Answer>
  close(): void
}

export function spawnEvaluator(): ChildProcess {
  const child = fork(fileURLToPath(new URL('./evaluator.ts', import.meta.url)), [], {
    execArgv: [
      `--max-old-space-size=${heapMb}`,
      '--max-semi-space-size=8',
      // Neither compiling nor collecting garbage takes a second core.
      '--single-threaded',
      '--permission',
      '--allow-fs-read=*',
    ],
    env: {},
    // What V8 prints when it runs out of memory is for nobody.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  if (child.pid !== undefined) yieldToOthers(child.pid)
  return child
}

function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, niceness)
  } catch {
    // It has ended already, or the system knows no such thing: it works all the same.
  }
}

/** Starts the process with the first turn, and anew whenever it has ended. */
export class ChildEvaluator implements TurnEvaluator {
  readonly #clock: Pick<Clock, 'after'>
  readonly #spawn: () => ChildProcess
  #child: ChildProcess | undefined
  #ready: Promise<boolean> | undefined
  #answer: ((answer: Answer) => void) | undefined

  constructor(clock: Pick<Clock, 'after'>, spawn: () => ChildProcess = spawnEvaluator) {
    this.#clock = clock
    this.#spawn = spawn
  }

  async evaluate(turn: Turn): Promise<Answer> {
    this.#ready ??= this.#start()
    const isReady = await this.#ready
    const child = this.#child
    if (!isReady || child === undefined) return { kind: 'not-started' }
    const { promise, resolve } = Promise.withResolvers<Answer>()
    this.#answer = resolve
    const end = (limit: 'time' | 'memory'): void => {
      resolve({ kind: 'overran', limit })
      child.kill('SIGKILL')
      this.#gone(child)
    }
    const cancels = [
      this.#clock.after(answerWithinMs, () => end('time')),
      this.#watchMemory(child, () => end('memory')),
    ]
    child.send(turn, (error) => {
      if (error !== null) resolve({ kind: 'lost' })
    })
    const answer = await promise
    for (const cancel of cancels) cancel()
    this.#answer = undefined
    return answer
  }

  close(): void {
    this.#child?.kill('SIGKILL')
  }

  #watchMemory({ pid }: ChildProcess, onExceeded: () => void): () => void {
    let cancel: () => void = () => undefined
    const look = (): void => {
      if (pid !== undefined && residentBytesOf(pid) > maxResidentBytes) onExceeded()
      else again()
    }
    const again = (): void => {
      cancel = this.#clock.after(lookAtMemoryMs, look)
    }
    again()
    return () => cancel()
  }

  #start(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const child = this.#spawn()
    this.#child = child
    child.unref()
    child.channel?.unref()
    child.on('message', (message: FromEvaluator) => {
      if (message.kind === 'ready') resolve(true)
      else if (child === this.#child) this.#answer?.(message)
    })
    const ended = (answer: Answer): void => {
      resolve(false)
      if (child === this.#child) {
        this.#gone(child)
        this.#answer?.(answer)
      }
    }
    child.on('error', () => ended({ kind: 'lost' }))
    child.on('exit', (_code, signal) =>
      // How V8 ends a process that has no memory left.
      ended(isAbort(signal) ? { kind: 'overran', limit: 'memory' } : { kind: 'lost' }),
    )
    return promise
  }

  #gone(child: ChildProcess): void {
    if (child !== this.#child) return
    this.#child = undefined
    this.#ready = undefined
  }
}

const isAbort = (signal: NodeJS.Signals | null): boolean =>
  signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGILL' || signal === 'SIGSEGV'

/** 0 where the system does not tell. */
function residentBytesOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes
  } catch {
    return 0
  }
}
