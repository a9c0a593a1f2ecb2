/** Has what the logs of SQLite files hold copied into the files by one thread for all of them, begun with the first. */
import { Worker } from 'node:worker_threads'

export interface Copy {
  readonly id: number
  readonly file: string
}

export interface Copied {
  readonly id: number
  readonly error: Error | undefined
}

type Settle = (error: Error | undefined) => void

let thread: Worker | undefined
let lastId = 0
const waiting = new Map<number, Settle>()

/** Rejects when the engine refuses; the log then holds what it held. */
export function copyLog(file: string): Promise<void> {
  const id = ++lastId
  return new Promise((resolve, reject) => {
    waiting.set(id, (error) => (error === undefined ? resolve() : reject(error)))
    thread ??= start()
    thread.ref()
    const copy: Copy = { id, file }
    thread.postMessage(copy, [])
  })
}

function start(): Worker {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    execArgv: [],
    // All it has to remember is which file it is at.
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
  })
  worker.on('message', ({ error, id }: Copied) => {
    waiting.get(id)?.(error)
    waiting.delete(id)
    // Nobody waits for a process that has nothing else to do.
    if (waiting.size === 0) worker.unref()
  })
  worker.on('error', (error) => ended(worker, error))
  worker.on('exit', () => ended(worker, new Error('the thread has ended')))
  return worker
}

function ended(worker: Worker, error: Error): void {
  if (thread !== worker) return
  thread = undefined
  for (const settle of waiting.values()) settle(error)
  waiting.clear()
}
