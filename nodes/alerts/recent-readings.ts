import type { RangePage, SeriesPoint, SeriesStore } from '../platform/series/port.ts'
import { anyPort, type CompiledRule } from './compile-rule.ts'
import type { WatchedReading } from './evaluate.ts'

export interface Recently {
  readonly orgId: string
  readonly deviceId: string
  readonly rule: CompiledRule
  readonly nowMs: number
  /** Those that are about to be evaluated are not counted among what was before. */
  readonly isPending: (port: number, ts: number) => boolean
}

const pageSize = 1000
/** However much was sent in a time, more is not looked at. */
const maxReadings = 10_000
const aheadMs = 3_600_000

/** What was stored of the ports that a rule watches, as far as it counts for it, in order of arrival. */
export async function recentReadings(
  series: Pick<SeriesStore, 'range'>,
  { deviceId, isPending, nowMs, orgId, rule }: Recently,
): Promise<readonly WatchedReading[]> {
  const sinceMs = nowMs - rule.lookbackMs
  const toMs = nowMs + aheadMs
  const found: WatchedReading[] = []
  for (const port of rule.ports) {
    const key = { orgId, deviceId, ...(port === anyPort ? {} : { port }), direction: 'descending' as const }
    let cursor: string | undefined
    // And the one before: from it a rate is reckoned, and how long nothing has come.
    let hasEarlier = false
    do {
      const page: RangePage = await series.range({
        ...key,
        fromMs: 0,
        toMs,
        limit: found.length === 0 ? 32 : pageSize,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const point of page.items) {
        if (isPending(point.port, point.ts) || hasEarlier) continue
        hasEarlier = point.ts < sinceMs || port === anyPort
        found.push(watched(point))
      }
      cursor = page.nextCursor
    } while (cursor !== undefined && !hasEarlier && found.length < maxReadings)
  }
  return found.sort(byArrival)
}

export const watched = ({
  calibratedValue,
  ingestTs,
  port,
  ts,
}: SeriesPoint & { readonly port: number }): WatchedReading => ({ port, ts, ingestTs, calibratedValue })

/** A reading that was under way for longer did not count when it came. */
export const byArrival = (a: WatchedReading, b: WatchedReading): number =>
  a.ingestTs - b.ingestTs || a.ts - b.ts || a.port - b.port
