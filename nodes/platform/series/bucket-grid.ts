/** Where buckets begin and end. Pure: adapters and what decorates them share it, so that they agree. */
import { type Zone, zoneNamed } from '../kit/zone.ts'
import { type BucketQuery, bucketWidthsMs } from './port.ts'

const minuteMs = bucketWidthsMs['1m']
const hourMs = bucketWidthsMs['1h']
const dayMs = bucketWidthsMs['1d']

/** Cuts all of time into buckets. */
export interface BucketGrid {
  startOf(ts: number): number
  /** Where the bucket ends that begins at `startMs`, and the next one begins. */
  endOf(startMs: number): number
  /**
   * The widest of a day, an hour and a minute (as UTC has them) that buckets of this period are made of, so that what was worked out for
   * those can be taken as it is; undefined when only the readings themselves can tell.
   */
  partMs(fromMs: number, toMs: number): number | undefined
}

/** Buckets that begin at whole multiples since the epoch. */
export class EvenGrid implements BucketGrid {
  readonly #widthMs: number

  constructor(widthMs: number) {
    this.#widthMs = widthMs
  }

  startOf(ts: number): number {
    // Adding 0 turns -0 into 0: a time has no sign of its own.
    return Math.floor(ts / this.#widthMs) * this.#widthMs + 0
  }

  endOf(startMs: number): number {
    return startMs + this.#widthMs
  }

  partMs(): number | undefined {
    return [dayMs, hourMs, minuteMs].find((partMs) => this.#widthMs % partMs === 0)
  }
}

/** The days of a zone: of 23 hours when clocks are put forward, of 25 when they are put back. */
class LocalDays implements BucketGrid {
  readonly #zone: Zone

  constructor(zone: Zone) {
    this.#zone = zone
  }

  startOf(ts: number): number {
    const day = this.#dayOf(ts)
    // Clocks that are put back over midnight show yesterday again: it stays today.
    const next = this.#start(day + dayMs)
    if (next <= ts) return next
    const start = this.#start(day)
    return start <= ts ? start : this.#start(day - dayMs)
  }

  endOf(startMs: number): number {
    for (let day = this.#dayOf(startMs) + dayMs; ; day += dayMs) {
      const end = this.#start(day)
      // A zone that moves over the date line leaves a day out.
      if (end > startMs) return end
    }
  }

  partMs(fromMs: number, toMs: number): number | undefined {
    let partMs: number = dayMs
    for (let at = this.endOf(this.startOf(fromMs)); at < toMs; at = this.endOf(at)) {
      if (at % minuteMs !== 0) return undefined
      if (at % dayMs !== 0) partMs = Math.min(partMs, at % hourMs === 0 ? hourMs : minuteMs)
    }
    return partMs
  }

  /** The date of an instant, as the instant when UTC has its midnight. */
  #dayOf(ts: number): number {
    return Math.floor((ts + this.#zone.offsetMs(ts)) / dayMs) * dayMs
  }

  #start(day: number): number {
    return this.#zone.epochMs(day, -Infinity)
  }
}

/** Minutes and hours of a zone, which differ from those of UTC where its offset is no multiple of them. */
class LocalHours implements BucketGrid {
  readonly #zone: Zone
  readonly #widthMs: number

  constructor(zone: Zone, widthMs: number) {
    this.#zone = zone
    this.#widthMs = widthMs
  }

  startOf(ts: number): number {
    const phaseMs = this.#phase(ts)
    let start = Math.floor((ts + phaseMs) / this.#widthMs) * this.#widthMs - phaseMs
    for (const at of quarters(start, ts)) if (this.#phase(at - 1) !== this.#phase(at)) start = at
    return start + 0
  }

  endOf(startMs: number): number {
    const phaseMs = this.#phase(startMs)
    const end = (Math.floor((startMs + phaseMs) / this.#widthMs) + 1) * this.#widthMs - phaseMs
    for (const at of quarters(startMs, end)) if (this.#phase(at) !== phaseMs) return at
    return end
  }

  partMs(fromMs: number, toMs: number): number | undefined {
    const phases = new Set([this.#phase(fromMs), this.#phase(toMs - 1)])
    if (phases.size > 1) return undefined
    const [phaseMs = 0] = phases
    const parts = this.#widthMs % hourMs === 0 ? [hourMs, minuteMs] : [minuteMs]
    return parts.find((partMs) => phaseMs % partMs === 0)
  }

  /** How far into a bucket the zone is where UTC begins one. */
  #phase(ts: number): number {
    const offsetMs = this.#zone.offsetMs(ts) % this.#widthMs
    return offsetMs < 0 ? offsetMs + this.#widthMs : offsetMs
  }
}

const quarterMs = hourMs / 4

/** The quarters of an hour after `fromMs` up to `toMs`: where a zone may change. */
function* quarters(fromMs: number, toMs: number): Generator<number, void> {
  for (let at = (Math.floor(fromMs / quarterMs) + 1) * quarterMs; at <= toMs; at += quarterMs) yield at
}

/** The buckets that a query asks for. Its zone, if any, is one that Intl knows. */
export function gridOf({ width, timeZone }: Pick<BucketQuery, 'timeZone' | 'width'>): BucketGrid {
  const widthMs = bucketWidthsMs[width]
  if (timeZone === undefined) return new EvenGrid(widthMs)
  const zone = zoneNamed(timeZone)
  return widthMs === dayMs ? new LocalDays(zone) : new LocalHours(zone, widthMs)
}
