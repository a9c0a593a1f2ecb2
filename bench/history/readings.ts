import { randomFrom } from '../../nodes/platform/series/contract/random.ts'
import type { SeriesReading } from '../../nodes/platform/series/port.ts'
import type { Options } from './options.ts'

export const dayMs = 86_400_000
const lateBy = 0.1
const againBy = 0.05

/**
 * In order of arrival: of each reading one in ten late by up to two hours, one in twenty once more, later. Values
 * wander, as those of sensors do.
 */
export function* purifierReadings(
  device: { readonly orgId: string; readonly deviceId: string },
  { days, ports, intervalSeconds }: Options,
  endMs: number,
): Generator<SeriesReading> {
  const random = randomFrom(42)
  const values = Array.from({ length: ports }, () => 100 * random())
  const waiting: { readonly atMs: number; readonly reading: SeriesReading }[] = []
  for (let ts = endMs - days * dayMs; ts < endMs; ts += intervalSeconds * 1000) {
    for (let port = 1; port <= ports; port++) {
      const rawValue = Math.round(((values[port - 1] ?? 0) + random() - 0.5) * 10) / 10
      values[port - 1] = rawValue
      const reading = { ...device, port, ts, rawValue, calibratedValue: rawValue, quality: 'good' } as const
      const now = { ...reading, ingestTs: ts + 300 }
      if (random() < lateBy) waiting.push({ atMs: ts + random() * 7_200_000, reading: now })
      else yield now
      if (random() < againBy) waiting.push({ atMs: ts + random() * 7_200_000, reading: now })
    }
    for (let i = waiting.length - 1; i >= 0; i--) {
      const one = waiting[i]
      if (one === undefined || one.atMs > ts) continue
      waiting.splice(i, 1)
      yield one.reading
    }
  }
  for (const { reading } of waiting) yield reading
}
