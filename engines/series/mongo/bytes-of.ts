/** What an organization's readings take: counted, since the server says no more than how large all of them are. */
import { encodeId } from './names.ts'
import type { Tables } from './tables.ts'
import { within } from './time.ts'

/** Days whose totals are true have been counted; of the first of the others on, the readings are. */
export async function bytesOf(
  { days, readings }: Tables,
  orgId: string,
  bytesPerReading: number,
): Promise<number> {
  const org = encodeId(orgId)
  const [untrue] = await days
    .find({ org, $expr: { $ne: ['$rolled', '$marks'] } }, { projection: { day: 1 } })
    .sort({ day: 1 })
    .limit(1)
    .toArray()
  const fromMs = untrue?.day ?? Infinity
  const [counted] = await days
    .aggregate([
      { $match: { org, day: { $lt: fromMs } } },
      { $group: { _id: null, readings: { $sum: { $arrayElemAt: ['$total', 0] } } } },
    ])
    .toArray()
  const rest =
    untrue === undefined
      ? 0
      : await readings.countDocuments({ 'meta.orgId': org, ...within(fromMs, Infinity) })
  return (Number(counted?.['readings'] ?? 0) + rest) * bytesPerReading
}
