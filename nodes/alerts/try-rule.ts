import type { DeviceRecord } from '../devices/device.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { Clock } from '../platform/clock.ts'
import type { SeriesStore } from '../platform/series/port.ts'
import { BackTest, type Firing } from './back-test.ts'
import { anyPort, type CompiledRule, compileRule } from './compile-rule.ts'
import type { WatchedReading } from './evaluate.ts'
import { byArrival, watched } from './recent-readings.ts'
import type { RuleBody } from './rule.ts'
import { isInScope } from './scope.ts'

export interface TryParts {
  readonly directory: Pick<DeviceDirectory, 'all' | 'lookup'>
  readonly series: Pick<SeriesStore, 'range'>
  readonly clock: Pick<Clock, 'after'>
}

export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

export type Tried =
  | { readonly kind: 'tried'; readonly firings: readonly Firing[] }
  /** There is more to look at than one request may. */
  | { readonly kind: 'too-much' }

const pageSize = 10_000
const maxReadings = 5_000_000
/** So much of the past is looked at before others have their turn. */
const pieceMs = 5 * 24 * 3_600_000
/** A device's clock may be ahead by so much. */
const aheadMs = 600_000

/** What a rule would have fired between two times, of each device that it watches. */
export async function tryRule(
  parts: TryParts,
  orgId: string,
  body: RuleBody,
  { fromMs, toMs }: Period,
): Promise<Tried> {
  const times = { createdAtMs: fromMs, sinceMs: fromMs, changedAtMs: fromMs, removedAtMs: null }
  const rule = compileRule({ ...body, id: 'try', ...times }, orgId)
  const firings: Firing[] = []
  let count = 0
  for (const record of inScope(parts.directory, orgId, body)) {
    const test = new BackTest(rule, record)
    for await (const readings of piecesOf(parts, record, rule, { fromMs: fromMs - rule.lookbackMs, toMs })) {
      count += readings.length
      if (count > maxReadings) return { kind: 'too-much' }
      test.take(readings)
    }
    firings.push(...test.end(toMs))
  }
  return { kind: 'tried', firings: firings.sort((a, b) => a.firedAtMs - b.firedAtMs) }
}

/** Readings in order of arrival, a few days at a time; what arrived later than its piece stands in a later one. */
async function* piecesOf(
  { clock, series }: TryParts,
  record: DeviceRecord,
  rule: CompiledRule,
  { fromMs, toMs }: Period,
): AsyncGenerator<readonly WatchedReading[]> {
  let later: WatchedReading[] = []
  for (let startMs = fromMs; startMs < toMs; startMs += pieceMs) {
    const endMs = Math.min(startMs + pieceMs, toMs)
    const upToMs = endMs === toMs ? Infinity : endMs - aheadMs
    const readings = [...later, ...(await readingsOf(series, record, rule, { fromMs: startMs, toMs: endMs }))]
    later = readings.filter(({ ingestTs }) => ingestTs > upToMs)
    yield readings.filter(({ ingestTs }) => ingestTs <= upToMs).sort(byArrival)
    await new Promise<void>((resolve) => void clock.after(0, resolve))
  }
}

function inScope(
  directory: TryParts['directory'],
  orgId: string,
  { scope }: RuleBody,
): readonly DeviceRecord[] {
  const all = scope.deviceId === undefined ? [...directory.all()] : [directory.lookup(scope.deviceId)]
  return all.filter(
    (record): record is DeviceRecord => record?.orgId === orgId && isInScope({ scope }, record),
  )
}

async function readingsOf(
  series: TryParts['series'],
  { device, orgId }: DeviceRecord,
  { ports }: CompiledRule,
  period: Period,
): Promise<readonly WatchedReading[]> {
  const readings: WatchedReading[] = []
  // What asks for data of any port looks at all of them.
  const asked = ports.includes(anyPort) ? [undefined] : ports
  for (const port of asked) {
    let cursor: string | undefined
    do {
      const page = await series.range({
        orgId,
        deviceId: device.id,
        ...(port === undefined ? {} : { port }),
        ...period,
        limit: pageSize,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const point of page.items) readings.push(watched(point))
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }
  return readings
}
