/** The main thread's handle on the writing worker: starts it again when it dies, and gives it its work anew. */
import type { Worker } from 'node:worker_threads'

import type { Chore, Corruption, FromWriter, Instants, TailJob, ToWriter } from './protocol.ts'

const FIRST_RESTART_MS = 100
const LAST_RESTART_MS = 5000

export interface WriterEvents {
  written(tail: number): void
  corrupt(corruption: Corruption): void
  trouble(error: Error | undefined): void
  warning(message: string): void
}

interface PendingChore {
  readonly chore: Chore
  readonly done: PromiseWithResolvers<number>
}

export class Writer {
  readonly #spawn: () => Worker
  readonly #events: WriterEvents
  readonly #tails: TailJob[] = []
  readonly #chores = new Map<number, PendingChore>()
  readonly #copies = new Map<number, PromiseWithResolvers<void>>()
  #nextChore = 1
  #worker: Worker | undefined
  #restartMs = FIRST_RESTART_MS
  #restart: NodeJS.Timeout | undefined
  #closing = false
  #ready: PromiseWithResolvers<number> | undefined = Promise.withResolvers<number>()
  #exited = Promise.withResolvers<void>()

  constructor(spawn: () => Worker, events: WriterEvents) {
    this.#spawn = spawn
    this.#events = events
  }

  /** Resolves with the number of the last tail written; rejects when the file cannot be used. */
  async start(): Promise<number> {
    const ready = this.#ready ?? Promise.withResolvers<number>()
    this.#startWorker()
    return await ready.promise
  }

  writeTail(job: TailJob): void {
    this.#tails.push(job)
    this.#post(job)
  }

  /** Deletes what was measured from `fromMs` on and before `toMs`. */
  prune(afterTail: number, series: Int32Array, fromMs: number, toMs: number): Promise<number> {
    return this.#do({ kind: 'prune', id: this.#nextChore++, afterTail, series, fromMs, toMs })
  }

  remove(afterTail: number, series: Int32Array): Promise<number> {
    return this.#do({ kind: 'remove', id: this.#nextChore++, afterTail, series })
  }

  removeInstants(afterTail: number, instants: Instants): Promise<number> {
    return this.#do({ kind: 'instants', id: this.#nextChore++, afterTail, instants })
  }

  settle(afterTail: number): Promise<number> {
    return this.#do({ kind: 'settle', id: this.#nextChore++, afterTail })
  }

  /** Of another file's log, between what else there is to be done. Rejects when it cannot be, and is then not tried again. */
  copyLog(file: string): Promise<void> {
    if (this.#worker === undefined) return Promise.reject(new Error('The series writer does not run'))
    const id = this.#nextChore++
    const copied = Promise.withResolvers<void>()
    this.#copies.set(id, copied)
    this.#post({ kind: 'copy', id, file })
    return copied.promise
  }

  /** What is still pending is given up. */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#restart)
    if (this.#worker !== undefined) {
      this.#post({ kind: 'close' })
      await this.#exited.promise
    }
    for (const { done } of this.#chores.values()) done.reject(new Error('The series store was closed'))
    this.#chores.clear()
  }

  #do(chore: Chore): Promise<number> {
    const done = Promise.withResolvers<number>()
    this.#chores.set(chore.id, { chore, done })
    this.#post(chore)
    return done.promise
  }

  #post(message: ToWriter): void {
    this.#worker?.postMessage(message)
  }

  #startWorker(): void {
    const worker = this.#spawn()
    this.#worker = worker
    worker.on('message', (message: FromWriter) => this.#receive(message))
    worker.on('error', (error: unknown) =>
      this.#refused(error instanceof Error ? error : new Error(String(error))),
    )
    worker.on('exit', (code) => this.#ended(code))
    for (const job of this.#tails) this.#post(job)
    for (const { chore } of this.#chores.values()) this.#post(chore)
  }

  #ended(code: number): void {
    this.#worker = undefined
    for (const { reject } of this.#copies.values()) reject(new Error('The series writer has ended'))
    this.#copies.clear()
    this.#exited.resolve()
    if (this.#closing) return
    this.#events.trouble(new Error(`The series writer ended with code ${code}`))
    this.#events.warning(`The series writer ended with code ${code} and is started again`)
    this.#restart = setTimeout(() => this.#startWorker(), this.#restartMs)
    this.#restartMs = Math.min(this.#restartMs * 2, LAST_RESTART_MS)
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case 'ready':
        this.#ready?.resolve(message.lastTail)
        this.#ready = undefined
        this.#succeeded()
        break
      case 'refused':
        this.#refused(new Error(message.reason))
        break
      case 'written':
        if (this.#tails[0]?.tail !== message.tail) break
        this.#tails.shift()
        this.#succeeded()
        this.#events.written(message.tail)
        break
      case 'done':
        this.#chores.get(message.id)?.done.resolve(message.readings)
        this.#chores.delete(message.id)
        break
      case 'copied': {
        const copied = this.#copies.get(message.id)
        this.#copies.delete(message.id)
        if (message.error === undefined) copied?.resolve()
        else copied?.reject(new Error(message.error))
        break
      }
      case 'trouble':
        this.#events.trouble(new Error(message.reason))
        break
      case 'recovered':
        this.#succeeded()
        break
      case 'corrupt':
        this.#events.corrupt(message.corruption)
        break
      case 'warning':
        this.#events.warning(message.message)
        break
    }
  }

  #succeeded(): void {
    this.#restartMs = FIRST_RESTART_MS
    this.#events.trouble(undefined)
  }

  #refused(error: Error): void {
    this.#events.trouble(error)
    if (this.#ready === undefined) return
    // At the first start there is nothing to save: whoever opens the store hears of it.
    this.#closing = true
    this.#ready.reject(error)
  }
}
