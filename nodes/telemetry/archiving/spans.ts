import { dayMs } from './days.ts'

/** A part of a period, either a day that is archived (and may have live readings, too) or what lies between such days. */
export interface Span {
  readonly kind: 'archived' | 'live'
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
  /** Start of the day, of an archived one. */
  readonly day: number
}

/** Cuts a period along its archived days (their starts, ascending), in ascending order; empty spans are left out. */
export function spansOf(fromMs: number, toMs: number, archivedDays: readonly number[]): readonly Span[] {
  const spans: Span[] = []
  let at = fromMs
  for (const day of archivedDays) {
    const start = Math.max(at, day)
    const end = Math.min(toMs, day + dayMs)
    if (end <= start) continue
    if (start > at) spans.push({ kind: 'live', fromMs: at, toMs: start, day: Number.NaN })
    spans.push({ kind: 'archived', fromMs: start, toMs: end, day })
    at = end
  }
  if (at < toMs) spans.push({ kind: 'live', fromMs: at, toMs, day: Number.NaN })
  return spans
}
