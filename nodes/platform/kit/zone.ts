const maxKnown = 2000
const hourMs = 3_600_000
/** No zone is further from UTC. */
const dayMs = 86_400_000
/** Of the dates that there are, less what a zone may add. */
const lastMs = 8.64e15 - dayMs

/** Whether Intl knows the zone. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Turns times of a zone into epoch milliseconds, daylight saving included. */
export class Zone {
  readonly #format: Intl.DateTimeFormat
  readonly #offsets = new Map<number, number>()

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    })
  }

  /**
   * Of the hour that comes twice when clocks are put back, the later one that is not after `latestMs`; of the hour that
   * there is not when they are put forward, the time as if they had not been yet.
   * @param local the time as if it were UTC
   */
  epochMs(local: number, latestMs: number): number {
    if (!Number.isFinite(local) || Math.abs(local) > 8e15) return Number.NaN
    const before = local - this.offsetMs(local - dayMs)
    const after = local - this.offsetMs(local + dayMs)
    if (before === after) return before
    const isBefore = before + this.offsetMs(before) === local
    const isAfter = after + this.offsetMs(after) === local
    if (isBefore && isAfter) {
      const later = Math.max(before, after)
      return later <= latestMs ? later : Math.min(before, after)
    }
    return isAfter ? after : before
  }

  /**
   * How far ahead of UTC the zone is at an instant. Zones change at quarters of an hour, so that one answer counts for all
   * of it; beyond the dates that there are, the first and the last one count.
   */
  offsetMs(epochMs: number): number {
    const quarter = Math.floor((Math.min(lastMs, Math.max(-lastMs, epochMs)) * 4) / hourMs)
    const known = this.#offsets.get(quarter)
    if (known !== undefined) return known
    const at = (quarter * hourMs) / 4
    const parts: Record<string, number> = {}
    let isBeforeChrist = false
    for (const { type, value } of this.#format.formatToParts(at)) {
      if (type === 'era') isBeforeChrist = value === 'BC'
      else parts[type] = Number(value)
    }
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    const date = new Date(0)
    date.setUTCFullYear(isBeforeChrist ? 1 - year : year, month - 1, day)
    const offset = date.setUTCHours(hour, minute, second) - at
    if (this.#offsets.size >= maxKnown) this.#offsets.clear()
    this.#offsets.set(quarter, offset)
    return offset
  }
}

const zones = new Map<string, Zone>()

/** There are some hundred zones, and a class or device names one that Intl knows. */
export function zoneNamed(timeZone: string): Zone {
  const known = zones.get(timeZone)
  if (known !== undefined) return known
  const zone = new Zone(timeZone)
  if (zones.size >= 1000) zones.clear()
  zones.set(timeZone, zone)
  return zone
}

/** Offsets are taken for zones too, but know no daylight saving. */
export const isNamedZone = (timeZone: string): boolean => isTimeZone(timeZone) && !/^[+-]/.test(timeZone)
