/** The writing worker's thread: takes messages, opens the file, and lets the scheduler work. */
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

import { copyLog } from '../../checkpoints/copy-log.ts'
import { isHopeless, reasonOf } from './errors.ts'
import type { FromWriter, ToWriter, WriterSettings } from './protocol.ts'
import { RunFile } from './run-file.ts'
import { FIRST_BACKOFF_MS, LAST_BACKOFF_MS, Scheduler } from './scheduler.ts'

// The main thread starts this file with exactly these settings.
const settings: WriterSettings = workerData
const scheduler = new Scheduler(settings, tell)
const state = { closing: false }
let wake: (() => void) | undefined

parentPort?.on('message', (message: ToWriter) => {
  if (message.kind === 'copy') return tell({ kind: 'copied', id: message.id, error: copied(message.file) })
  if (message.kind === 'tail') scheduler.tails.push(message)
  else if (message.kind === 'close') state.closing = true
  else scheduler.chores.push(message)
  wake?.()
})

function copied(file: string): string | undefined {
  try {
    copyLog(file)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

function tell(message: FromWriter): void {
  parentPort?.postMessage(message, [])
}

/** Ends early when a message comes. */
async function rest(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
  wake = undefined
}

async function openFile(): Promise<RunFile | undefined> {
  for (
    let backoffMs = FIRST_BACKOFF_MS;
    !state.closing;
    backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS)
  ) {
    try {
      return new RunFile(settings, (corruption) => tell({ kind: 'corrupt', corruption }))
    } catch (error) {
      if (isHopeless(error)) throw error
      tell({ kind: 'trouble', reason: reasonOf(error) })
      await rest(backoffMs)
    }
  }
  return undefined
}

async function work(): Promise<void> {
  const file = await openFile()
  if (file === undefined) return
  tell({ kind: 'ready', lastTail: file.lastTail })
  try {
    while (!state.closing) {
      const pauseMs = scheduler.step(file)
      // Even without a pause, messages must get in between.
      await (pauseMs > 0 ? rest(pauseMs) : setImmediate())
    }
  } finally {
    file.close()
  }
}

try {
  await work()
} catch (error) {
  tell({ kind: 'refused', reason: reasonOf(error) })
}
parentPort?.close()
