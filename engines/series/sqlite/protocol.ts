/** What the main thread and the writing worker say to each other. */
import type { Columns } from './columns.ts'

export interface WriterSettings {
  readonly path: string
  /** Cap on the file; writes beyond it fail until something is deleted. */
  readonly maxBytes: number | undefined
  /** So many runs of a level are merged into one of the next. */
  readonly fanIn: number
  /** No merge makes a run larger than this. */
  readonly maxRunReadings: number
  /** A day that got nothing for so long is merged down to few runs. */
  readonly quietMs: number
}

export interface NewSeries {
  readonly id: number
  readonly orgId: string
  readonly deviceId: string
  readonly port: number
}

export interface StoredSeries extends NewSeries {
  /** UTC day of its newest reading or later. */
  readonly lastDay: number
}

/** Columns are views of shared memory; the worker reads them until it has reported the tail as written. */
export interface TailJob {
  readonly kind: 'tail'
  /** Grows by one; a tail that comes again after a restart of the worker is written once. */
  readonly tail: number
  readonly rows: number
  readonly columns: Columns & { readonly series: Int32Array }
  readonly newSeries: readonly NewSeries[]
  readonly atMs: number
}

/** Times, ascending, by series. */
export type Instants = ReadonlyMap<number, Float64Array>

/** Done once the tails up to `afterTail` are written; more than once does no harm. */
export type Chore =
  | {
      readonly kind: 'prune'
      readonly id: number
      readonly afterTail: number
      readonly series: Int32Array
      readonly fromMs: number
      readonly toMs: number
    }
  | {
      readonly kind: 'instants'
      readonly id: number
      readonly afterTail: number
      readonly instants: Instants
    }
  | { readonly kind: 'remove'; readonly id: number; readonly afterTail: number; readonly series: Int32Array }
  /** Done when there is nothing left to merge or to sweep. */
  | { readonly kind: 'settle'; readonly id: number; readonly afterTail: number }

export type ToWriter =
  | TailJob
  | Chore
  /** The log of another file: what the thread is for has nothing to do with it, but it is the one that waits for disks. */
  | { readonly kind: 'copy'; readonly id: number; readonly file: string }
  | { readonly kind: 'close' }

export interface Corruption {
  readonly run: number
  readonly series: number
  readonly firstTs: number
  readonly lastTs: number
  readonly reason: string
}

export type FromWriter =
  | { readonly kind: 'ready'; readonly lastTail: number }
  /** The file cannot be used, and trying again would not help. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'written'; readonly tail: number }
  | { readonly kind: 'done'; readonly id: number; readonly readings: number }
  | { readonly kind: 'copied'; readonly id: number; readonly error: string | undefined }
  | { readonly kind: 'trouble'; readonly reason: string }
  | { readonly kind: 'recovered' }
  | { readonly kind: 'corrupt'; readonly corruption: Corruption }
  | { readonly kind: 'warning'; readonly message: string }
