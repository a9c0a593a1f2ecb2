/** What the writing worker does next: tails first, then what is to be deleted, then merging in the background. */
import { chooseMerge } from './choose-merge.ts'
import { pruneSeries, removeInstants, removeSeries } from './chores.ts'
import { isFull, reasonOf } from './errors.ts'
import { mergeRuns } from './merge-runs.ts'
import type { Chore, FromWriter, TailJob, WriterSettings } from './protocol.ts'
import { chooseRollUp, rollUp } from './roll-up.ts'
import type { RunFile } from './run-file.ts'
import { buryUnfinishedRuns, hasDeadRuns, sweepDeadRuns } from './sweep.ts'

export const FIRST_BACKOFF_MS = 50
export const LAST_BACKOFF_MS = 5000
/** Short enough that tails do not pile up behind a merge, long enough that the fsync of its commit is little. */
const SLICE_MS = 40
const BACKGROUND_BACKOFF_MS = 10_000
/** Days grow quiet without anything happening. */
const LOOK_AGAIN_MS = 60_000

export class Scheduler {
  readonly tails: TailJob[] = []
  readonly chores: Chore[] = []
  readonly #settings: WriterSettings
  readonly #tell: (message: FromWriter) => void
  /** Readings that a chore has deleted so far, by its id. */
  readonly #deleted = new Map<number, number>()
  /** Chores done before their tails were written, to make room for these. */
  readonly #doneEarly = new Set<number>()
  #active:
    | { readonly chore: Chore; readonly early: boolean; readonly steps: Generator<number, void> }
    | undefined
  #background: Generator<void, void> | undefined
  #backgroundAtMs = 0
  /** A merge was given up and what it wrote is still there. */
  #unfinished = false
  #retryAtMs = 0
  #failures = 0
  #full = false

  constructor(settings: WriterSettings, tell: (message: FromWriter) => void) {
    this.#settings = settings
    this.#tell = tell
  }

  /** Does one piece of work; returns how many milliseconds to wait for more if no message comes, 0 for at once. */
  step(file: RunFile): number {
    const nowMs = Date.now()
    const waitMs = Math.max(0, this.#retryAtMs - nowMs)
    if (waitMs === 0) {
      try {
        if (this.#writeTail(file) || this.#doChore(file)) {
          this.#succeeded()
          return 0
        }
      } catch (error) {
        return this.#failed(error, nowMs)
      }
    } else if (this.#full && this.#makeRoom(file)) return 0
    if (this.tails.length === 0 && this.#workInBackground(file, nowMs)) return 0
    this.#reportSettled(file)
    if (waitMs > 0) return waitMs
    return this.#backgroundAtMs > nowMs ? this.#backgroundAtMs - nowMs : LOOK_AGAIN_MS
  }

  #writeTail(file: RunFile): boolean {
    const [job] = this.tails
    if (job === undefined) return false
    file.writeTail(job)
    this.tails.shift()
    this.#full = false
    this.#tell({ kind: 'written', tail: job.tail })
    return true
  }

  /** Chores wait for the tails that were sealed before them, except when only they can make room for those. */
  #doChore(file: RunFile): boolean {
    if (this.#active === undefined) {
      const written = file.lastTail
      const chore = this.chores.find(
        ({ kind, id, afterTail }) =>
          kind !== 'settle' && (afterTail <= written || (this.#full && !this.#doneEarly.has(id))),
      )
      if (chore === undefined || chore.kind === 'settle') return false
      // What a merge has already read must not come back.
      this.#abandonBackground()
      this.#active = { chore, early: chore.afterTail > written, steps: stepsOf(chore, file) }
    }
    const { chore, early, steps } = this.#active
    const { done, sum } = inSlice(file, steps)
    this.#deleted.set(chore.id, (this.#deleted.get(chore.id) ?? 0) + sum)
    if (done) this.#active = undefined
    if (done && early) this.#doneEarly.add(chore.id)
    else if (done) this.#choreDone(chore)
    return true
  }

  #choreDone(chore: Chore): void {
    this.#doneEarly.delete(chore.id)
    this.chores.splice(this.chores.indexOf(chore), 1)
    this.#tell({ kind: 'done', id: chore.id, readings: this.#deleted.get(chore.id) ?? 0 })
    this.#deleted.delete(chore.id)
  }

  #makeRoom(file: RunFile): boolean {
    try {
      if (this.#doChore(file)) {
        // There may be room now.
        this.#retryAtMs = 0
        return true
      }
      this.#buryUnfinished(file)
      if (!hasDeadRuns(file)) return false
      inSlice(file, sweepDeadRuns(file))
      this.#retryAtMs = 0
      return true
    } catch (error) {
      this.#active = undefined
      this.#tell({ kind: 'warning', message: `No room could be made: ${reasonOf(error)}` })
      return false
    }
  }

  #workInBackground(file: RunFile, nowMs: number): boolean {
    if (nowMs < this.#backgroundAtMs) return false
    try {
      this.#background ??= this.#nextBackground(file, nowMs)
      if (this.#background === undefined) return false
      if (inSlice(file, this.#background).done) this.#background = undefined
      return true
    } catch (error) {
      this.#tell({ kind: 'warning', message: `Merging and rolling up is put off: ${reasonOf(error)}` })
      this.#backgroundAtMs = nowMs + BACKGROUND_BACKOFF_MS
      this.#abandonBackground()
      return false
    }
  }

  #nextBackground(file: RunFile, nowMs: number): Generator<void, void> | undefined {
    this.#buryUnfinished(file)
    if (hasDeadRuns(file)) return sweepDeadRuns(file)
    const { fanIn, maxRunReadings, quietMs } = this.#settings
    const quietSinceMs = nowMs - quietMs
    const live = file.liveRuns()
    const runs = chooseMerge(live, { fanIn, maxRunReadings, quietSinceMs })
    if (runs !== undefined) return mergeRuns(file, runs)
    const run = chooseRollUp(live, quietSinceMs)
    return run === undefined ? undefined : rollUp(file, run)
  }

  #abandonBackground(): void {
    if (this.#background !== undefined) this.#unfinished = true
    this.#background = undefined
  }

  #buryUnfinished(file: RunFile): void {
    if (this.#unfinished) buryUnfinishedRuns(file)
    this.#unfinished = false
  }

  #reportSettled(file: RunFile): void {
    const settled = this.chores.filter(
      ({ kind, afterTail }) => kind === 'settle' && afterTail <= file.lastTail,
    )
    for (const chore of settled) this.#choreDone(chore)
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#tell({ kind: 'recovered' })
    this.#failures = 0
  }

  #failed(error: unknown, nowMs: number): number {
    this.#active = undefined
    this.#full = isFull(error)
    this.#tell({ kind: 'trouble', reason: reasonOf(error) })
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, LAST_BACKOFF_MS)
    this.#failures++
    this.#retryAtMs = nowMs + backoffMs
    if (this.#full) this.#abandonBackground()
    return this.#full ? 0 : backoffMs
  }
}

function stepsOf(chore: Exclude<Chore, { readonly kind: 'settle' }>, file: RunFile): Generator<number, void> {
  if (chore.kind === 'instants') return removeInstants(file, chore.instants)
  return chore.kind === 'prune' ? pruneSeries(file, chore.series, chore) : removeSeries(file, chore.series)
}

/** Runs steps in one transaction until they are done or the slice is over. */
function inSlice(
  file: RunFile,
  steps: Generator<number | void, void>,
): { readonly done: boolean; readonly sum: number } {
  return file.transaction(() => {
    const endAt = performance.now() + SLICE_MS
    let sum = 0
    for (;;) {
      const { done, value } = steps.next()
      if (done === true) return { done: true, sum }
      sum += value ?? 0
      if (performance.now() > endAt) return { done: false, sum }
    }
  })
}
