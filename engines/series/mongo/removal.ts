/** Deletes readings, a day at a time, so that no deletion takes longer than the server's answer may. */
import { decodeId, encodeId, ofDevice } from './names.ts'
import type { Days } from './days.ts'
import { oldestOf } from './queries.ts'
import type { Tables } from './tables.ts'
import { DAY_MS, FIRST_MS, LAST_MS, within } from './time.ts'
import type { DevicePeriod } from '../../../nodes/platform/series/port.ts'

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
