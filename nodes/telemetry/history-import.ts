import { setImmediate } from 'node:timers/promises'
import type { DeviceRecord } from '../devices/device.ts'
import type { Clock } from '../platform/clock.ts'
import { deviceClockToleranceMs } from '../platform/kit/ahead.ts'
import { parseIsoTime } from '../platform/kit/iso-time.ts'
import type { LatestValues } from '../platform/latest/port.ts'
import type { SeriesReading, SeriesStore } from '../platform/series/port.ts'
import { calibrate } from './calibrate/calibrate.ts'
import { type HistoricReading, ImportLines, linesOf } from './import-lines.ts'

export interface ImportParts {
  readonly series: Pick<SeriesStore, 'append' | 'flush' | 'rawValues'>
  readonly latest: Pick<LatestValues, 'put'>
  readonly clock: Pick<Clock, 'nowMs'>
}

export interface Imported {
  readonly imported: number
  /** Stored before, with the same value. */
  readonly repeated: number
  /** Another value is stored for the instant, and stays. */
  readonly conflicting: number
  readonly refused: number
  /** The first of what was refused, and why. */
  readonly errors: readonly { readonly line: number; readonly message: string }[]
}

const atOnce = 2000
const namedErrors = 20
/** Nothing that a device sends is older; what is brought along may be. */
const firstMs = parseIsoTime('1990-01-01T00:00:00Z')

/**
 * Takes in a device's readings from elsewhere: calibrated as the device is now, stored once, and nothing else; nobody is told, no rule
 * looks at them. Resolves when all are durable; what was taken in before a failure stays, and is known as repeated afterwards.
 * @throws RangeError for a line of no end, and what keeps the series from taking them
 */
export async function importHistory(
  { clock, latest, series }: ImportParts,
  record: DeviceRecord,
  body: AsyncIterable<Uint8Array>,
): Promise<Imported> {
  const counts = { imported: 0, repeated: 0, conflicting: 0, refused: 0 }
  const errors: { readonly line: number; readonly message: string }[] = []
  const refuse = (line: number, message: string): void => {
    counts.refused += 1
    if (errors.length < namedErrors) errors.push({ line, message })
  }
  const store = async (batch: readonly SeriesReading[]): Promise<void> => {
    const stored = await series.rawValues(batch)
    const missing: SeriesReading[] = []
    const taken = new Map<string, number>()
    for (const [at, reading] of batch.entries()) {
      const key = `${reading.port} ${reading.ts}`
      const before = stored[at] ?? taken.get(key)
      if (before === undefined) {
        taken.set(key, reading.rawValue)
        missing.push(reading)
      } else if (before === reading.rawValue) counts.repeated += 1
      else counts.conflicting += 1
    }
    counts.imported += missing.length
    await series.append(missing)
    await latest.put(missing)
    await setImmediate()
  }

  const nowMs = clock.nowMs()
  const reader = new ImportLines()
  let batch: SeriesReading[] = []
  let line = 0
  for await (const text of linesOf(body)) {
    line += 1
    const read = reader.read(text)
    if (read.kind === 'wrong') refuse(line, read.message)
    if (read.kind !== 'reading') continue
    const made = toSeriesReading(record, read.reading, nowMs)
    if (typeof made === 'string') refuse(line, made)
    else batch.push(made)
    if (batch.length < atOnce) continue
    await store(batch)
    batch = []
  }
  await store(batch)
  await series.flush()
  return { ...counts, errors }
}

/** Text says why it cannot be one. */
function toSeriesReading(
  { device, orgId, ports }: DeviceRecord,
  { port, rawValue, ts }: HistoricReading,
  nowMs: number,
): SeriesReading | string {
  const settings = ports[port]
  if (settings === undefined) return `port: ${port} is not a port of this device`
  if (!Number.isSafeInteger(ts) || ts < firstMs || ts > nowMs + deviceClockToleranceMs)
    return 'ts: must be after 1990 and not in the future'
  const calibratedValue = calibrate(rawValue, settings)
  if (!Number.isFinite(calibratedValue)) return 'value: is not finite, or not once calibrated'
  const { max = Infinity, min = -Infinity } = settings
  const isInRange = calibratedValue >= min && calibratedValue <= max
  const quality = isInRange ? 'good' : 'out-of-range'
  return { orgId, deviceId: device.id, port, ts, rawValue, calibratedValue, quality, ingestTs: nowMs }
}
