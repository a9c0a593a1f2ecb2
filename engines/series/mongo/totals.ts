/** Totals as rows, and the roller that works them out. */
import { Totals } from '../../../nodes/platform/series/bucket-fold.ts'
import { decodeId, ofDevice } from './names.ts'
import { scan } from './scan.ts'
import type { Repeat } from './scan.ts'
import type { DayRow, Tables, TotalsRow } from './tables.ts'
import { DAY_MS, exactTime } from './time.ts'

const HOUR_MS = 3_600_000

export function toRow({ count, min, max, sum, last }: Totals): TotalsRow {
  return [count, min, max, sum, last]
}

export function fromRow([count, min, max, sum, last]: TotalsRow): Totals {
  return Object.assign(new Totals(), { count, min, max, sum, last })
}

/**
 * Works out a day's totals and keeps them, unless the day was marked meanwhile; a day without readings goes. Copies of
 * readings that had come in twice are deleted on the way.
 */
export async function rollUp(tables: Tables, row: DayRow): Promise<void> {
  const total = new Totals()
  const hours = new Map<string, Totals>()
  const repeats: Repeat[] = []
  const { _id, port, day, marks } = row
  const [orgId, deviceId] = [decodeId(row.org), decodeId(row.device)]
  const query = { orgId, deviceId, port, fromMs: day, toMs: day + DAY_MS }
  for await (const each of scan(tables, { ...query, fields: { calibratedValue: 1 } }, (one) =>
    repeats.push(one),
  )) {
    const value = Number(each['calibratedValue'])
    const hour = String(Math.floor((exactTime(each) - day) / HOUR_MS))
    const ofHour = hours.get(hour) ?? new Totals()
    ofHour.add(value)
    hours.set(hour, ofHour)
    total.add(value)
  }
  for (const { dropped } of repeats) {
    const { _id: copy, ts, epoch } = dropped
    await tables.readings.deleteMany({ ...ofDevice(orgId, deviceId, port), _id: copy, ts, epoch })
  }
  if (total.count === 0) {
    await tables.days.deleteOne({ _id, marks })
    return
  }
  const rolled = {
    rolled: marks,
    total: toRow(total),
    hours: Object.fromEntries([...hours].map(([hour, totals]) => [hour, toRow(totals)])),
  }
  await tables.days.updateOne({ _id, marks }, { $set: rolled, $unset: { dueMs: '' } })
}
