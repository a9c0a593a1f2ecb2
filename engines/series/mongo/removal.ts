/** Deletes readings, a day at a time, so that no deletion takes longer than the server's answer may. */
import type { Document as Bson } from 'mongodb'

import type { DevicePeriod, ReadingKey } from '../../../nodes/platform/series/port.ts'
import { dayKey, decodeId, encodeId, ofDevice } from './names.ts'
import type { Days } from './days.ts'
import { oldestOf } from './queries.ts'
import type { Tables } from './tables.ts'
import { DAY_MS, dateOf, dayOf, FIRST_MS, LAST_MS, within } from './time.ts'

/** Times in one deletion. */
const TIMES = 1_000

/** Returns how many readings went. Totals of the days are untrue before the first goes. */
export async function removePeriod(tables: Tables, days: Days, period: DevicePeriod): Promise<number> {
  const { orgId, deviceId, port, fromMs, toMs } = period
  if (!(fromMs < toMs)) return 0
  await days.markPeriod(orgId, deviceId, fromMs, toMs)
  let removed = 0
  for (const day of await daysOf(tables, period)) {
    const part = within(Math.max(fromMs, day), Math.min(toMs, day + DAY_MS))
    const { deletedCount } = await tables.readings.deleteMany({ ...ofDevice(orgId, deviceId, port), ...part })
    removed += deletedCount
  }
  // Whoever worked out totals in between has seen what was on its way out.
  await days.markPeriod(orgId, deviceId, fromMs, toMs)
  return removed
}

/** Readings of single instants. Totals of their days are untrue before the first goes. */
export async function removeReadings(tables: Tables, days: Days, keys: readonly ReadingKey[]): Promise<void> {
  const series = Map.groupBy(keys, ({ orgId, deviceId, port, ts }) =>
    dayKey({ orgId, deviceId, port }, dayOf(ts)),
  )
  for (const ofDay of series.values()) {
    const [first] = ofDay
    if (first === undefined) continue
    const { orgId, deviceId, port } = first
    const times = ofDay.map(({ ts }) => ts)
    const [fromMs, toMs] = [Math.min(...times), Math.max(...times) + 1]
    await days.markPeriod(orgId, deviceId, fromMs, toMs)
    for (let at = 0; at < times.length; at += TIMES)
      await tables.readings.deleteMany({
        ...ofDevice(orgId, deviceId, port),
        ...anyOf(times.slice(at, at + TIMES)),
      })
    await days.markPeriod(orgId, deviceId, fromMs, toMs)
  }
}

function anyOf(times: readonly number[]): Bson {
  const ts = { $in: times.map(dateOf) }
  // Beyond all dates a date stands for many times.
  const isBeyond = times.some((ms) => ms <= FIRST_MS || ms >= LAST_MS)
  return isBeyond ? { ts, t: { $in: times } } : { ts }
}

async function daysOf(tables: Tables, period: DevicePeriod): Promise<readonly number[]> {
  const { orgId, deviceId, fromMs, toMs } = period
  const rows = await tables.days
    .find(
      {
        org: encodeId(orgId),
        device: encodeId(deviceId),
        day: { $gt: fromMs - DAY_MS, $lt: toMs },
      },
      { projection: { day: 1 } },
    )
    .toArray()
  return [...new Set(rows.map(({ day }) => day))].sort((a, b) => a - b)
}

export async function devicesOf(tables: Tables, orgId: string): Promise<readonly string[]> {
  const rows = await tables.devices.find({ org: encodeId(orgId) }, { projection: { device: 1 } }).toArray()
  return rows.map(({ device }) => decodeId(device))
}

export async function pruneOrganization(
  tables: Tables,
  days: Days,
  orgId: string,
  beforeMs: number,
): Promise<number> {
  let removed = 0
  for (const deviceId of await devicesOf(tables, orgId)) {
    const oldestMs = await oldestOf(tables, orgId, deviceId)
    if (oldestMs === undefined || oldestMs >= beforeMs) continue
    removed += await removePeriod(tables, days, { orgId, deviceId, fromMs: -Infinity, toMs: beforeMs })
  }
  return removed
}

export async function removeAllOf(tables: Tables, orgId: string, deviceId: string): Promise<void> {
  await removeEach(tables, orgId, deviceId)
  await tables.days.deleteMany({ org: encodeId(orgId), device: encodeId(deviceId) })
}

async function removeEach(tables: Tables, orgId: string, deviceId: string): Promise<void> {
  const always = { orgId, deviceId, fromMs: -Infinity, toMs: Infinity }
  for (const day of await daysOf(tables, always)) {
    if (day <= FIRST_MS || day + DAY_MS >= LAST_MS) continue
    await tables.readings.deleteMany({ ...ofDevice(orgId, deviceId), ...within(day, day + DAY_MS) })
  }
  await tables.readings.deleteMany(ofDevice(orgId, deviceId))
}
