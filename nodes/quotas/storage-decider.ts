/** What an organization holds, and whether that is more than it may: told when it changes, not with every measurement. */
import type { Decider } from '../platform/kit/decider/decider.ts'

/** Bytes. */
export interface Held {
  /** Everything in the store: devices, dead letters, bookings, the audit. */
  readonly documents: number
  /** Readings in the series. */
  readonly series: number
  /** Readings in the archive. */
  readonly archive: number
}

export interface HeldStorage extends Held {
  readonly id: 'storage'
  readonly measuredAtMs: number
  readonly isOver: boolean
}

export interface MeasureStorage {
  readonly type: 'MeasureStorage'
  /** Without the archive where that cannot be asked: it is then taken to be as it was. */
  readonly held: Omit<Held, 'archive'> & { readonly archive: number | undefined }
  /** Null where nothing limits it. */
  readonly limitBytes: number | null
}

interface Told {
  readonly bytes: number
  readonly limitBytes: number | null
}
export type StorageEvent =
  | { readonly type: 'StorageMeasured'; readonly data: { readonly [Part in keyof Held]: number } }
  | {
      readonly type: 'StorageQuotaExceeded' | 'StorageQuotaMet'
      readonly data: { readonly [F in keyof Told]: Told[F] }
    }

export const bytesOf = ({ archive, documents, series }: Held): number => archive + documents + series

export const storageDecider: Decider<HeldStorage, MeasureStorage, StorageEvent, never> = {
  decide(state, { held, limitBytes }) {
    const measured = { ...held, archive: held.archive ?? state?.archive ?? 0 }
    const bytes = bytesOf(measured)
    const isOver = limitBytes !== null && bytes > limitBytes
    const events: StorageEvent[] = [{ type: 'StorageMeasured', data: measured }]
    if (isOver !== (state?.isOver ?? false))
      events.push({
        type: isOver ? 'StorageQuotaExceeded' : 'StorageQuotaMet',
        data: { bytes, limitBytes },
      })
    return events
  },
  evolve(state, event, atMs) {
    const before = state ?? {
      id: 'storage',
      documents: 0,
      series: 0,
      archive: 0,
      isOver: false,
      measuredAtMs: atMs,
    }
    if (event.type === 'StorageMeasured') return { ...before, ...event.data, measuredAtMs: atMs }
    return { ...before, isOver: event.type === 'StorageQuotaExceeded' }
  },
}
