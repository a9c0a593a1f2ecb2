import { reading, START_MS } from '../../nodes/platform/series/contract/fixture.ts'
import type { SeriesReading } from '../../nodes/platform/series/port.ts'

/** What a stream delivers from one place to another: always the same, of three devices in turn. */
export function deliveries(from: number, to: number): readonly SeriesReading[] {
  return Array.from({ length: to - from }, (_, i) => {
    const place = from + i
    return reading({ deviceId: `device-${place % 3}`, ts: START_MS + place * 1000, rawValue: place })
  })
}
