/** Days and months of accounts, which end when they end where the organization is. Pure. */
import { Temporal } from 'temporal-polyfill'
import { instantOf } from '../schedules/window.ts'

/** @param month such as `2026-03`; from inclusive, to exclusive, epoch milliseconds */
export function monthIn(month: string, timeZone: string): { readonly fromMs: number; readonly toMs: number } {
  const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 })
  const [fromMs, toMs] = [first, first.add({ months: 1 })].map((day) => instantOf(day, '00:00', timeZone))
  return { fromMs: fromMs ?? 0, toMs: toMs ?? 0 }
}

/** @param day such as `2026-03-02`; when it begins, epoch milliseconds */
export const dayStartIn = (day: string, timeZone: string): number =>
  instantOf(Temporal.PlainDate.from(day), '00:00', timeZone)

export const dayIn = (atMs: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone).toPlainDate().toString()
