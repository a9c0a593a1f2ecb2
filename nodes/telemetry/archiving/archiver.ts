/**
 * Moves what is past retention from the live series to the archive. Nothing is removed from the series before it was read
 * back from the archive and found the same, and the manifest that names it is durable. Every step can be repeated: after a
 * crash at any of them the next run finds by the manifest what is archived already, and goes on from there.
 */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import { toIsoTime } from '../../platform/kit/iso-time.ts'
import type { Logger } from '../../platform/logger.ts'
import type { SeriesStore } from '../../platform/series/port.ts'
import type { ArchiveIndex } from './archive-index.ts'
import type { ArchivedReadings } from './archived-readings.ts'
import { type ArchivedPoint, byPort, type ReadingColumns } from './columns.ts'
import type { Conflict } from '../dedupe/settle.ts'
import { CopiedPart } from './copied-part.ts'
import { ArchivedDay, type LastWins } from './corrections.ts'
import { newestOf, type DeviceNotes } from './device-notes.ts'
import { ArchiveDamaged } from '../../platform/archive/errors.ts'
import type { Fence } from './fence.ts'
import { livePages } from './live-readings.ts'
import { dayMs, dayName, startOfDay } from './days.ts'
import { hashBytes, partKey } from './manifest.ts'
import type { Archive } from '../../platform/archive/port.ts'
import { readPart } from './read-part.ts'
import { hashRows } from './rows-hash.ts'
import { writePart } from './write-part.ts'

/** Where a crash can strike, in the order of a run. */
export const archiveSteps = ['read', 'put', 'verified', 'listed', 'compared', 'removed'] as const
export type ArchiveStep = (typeof archiveSteps)[number]

export interface ArchiverParts {
  readonly archive: Archive
  readonly live: Pick<SeriesStore, 'latest' | 'oldest' | 'range' | 'removePeriod'>
  readonly index: ArchiveIndex
  readonly readings: ArchivedReadings
  readonly notes: DeviceNotes
  readonly fence: Fence
  readonly clock: Clock
  readonly log: Pick<Logger, 'error' | 'info'>
  /** Rows of a file at most, and of what a run has in memory; some 100 bytes each. */
  readonly partRows?: number
  /** How long other processes may go without seeing what is archived; nothing is removed before. Default none. */
  readonly settle?: () => Promise<void>
  readonly lastWins: LastWins
  /** Told of values that are in conflict with archived ones before they leave the series; more than once does no harm. */
  readonly onConflicts: (conflicts: readonly Conflict[]) => Promise<void>
  /** For fault injection. */
  readonly step?: (step: ArchiveStep) => void
}

/** What of an organization is due. */
export interface Due {
  readonly orgId: string
  /** What the device has measured before is past retention; the start of a day. */
  readonly cutoffMs: (deviceId: string) => number
  /** None of these is later. */
  readonly latestCutoffMs: number
  /** Days that were restored, and stay for now. */
  readonly isKept: (deviceId: string, day: number) => boolean
  /** Asked before each day; false ends the run there. */
  readonly mayGoOn: () => Promise<boolean>
  /** Asked now and then; true ends the run with {@link ArchivingStopped}, wherever it is. */
  readonly isStopping?: () => boolean
}

/** Not a failure: the next run goes on. */
export class ArchivingStopped extends Error {
  override readonly name = 'ArchivingStopped'
}

export interface Archived {
  days: number
  readings: number
  files: number
  bytes: number
}

/** Where a file belongs. */
interface Place {
  readonly orgId: string
  readonly day: number
  readonly archivedAtMs: number
  readonly corrects?: true
}

const defaultPartRows = 262_144
/** Readings that come in again and again for a day that is past retention are somebody's mistake; the next run goes on. */
const maxRounds = 5

export class Archiver {
  readonly #parts: ArchiverParts

  constructor(parts: ArchiverParts) {
    this.#parts = parts
  }

  /** Oldest day first. What was done so far stays done when it rejects. */
  async run(due: Due): Promise<Archived> {
    const done: Archived = { days: 0, readings: 0, files: 0, bytes: 0 }
    // Others may have archived since this process has looked.
    await this.#parts.index.organization(due.orgId, -1)
    let lastDay = Number.NaN
    let times = 0
    while (await due.mayGoOn()) {
      const next = await this.#nextDay(due)
      if (next === undefined) break
      times = next.day === lastDay ? times + 1 : 1
      if (times > maxRounds) throw new Error(`readings of ${dayName(next.day)} come in again and again`)
      await this.#archiveDay(due, next.day, next.devices, done)
      if (times === 1) done.days += 1
      lastDay = next.day
    }
    return done
  }

  /** The oldest day that is due, with the devices that have readings of it, ascending. */
  async #nextDay(
    due: Due,
  ): Promise<{ readonly day: number; readonly devices: readonly string[] } | undefined> {
    const { live } = this.#parts
    const byDay = new Map<number, string[]>()
    for (const { deviceId, ts } of await live.oldest(due.orgId, due.latestCutoffMs)) {
      const day = await this.#firstDay(due, deviceId, startOfDay(ts))
      if (day !== undefined) byDay.set(day, [...(byDay.get(day) ?? []), deviceId])
    }
    const [first] = [...byDay].sort(([a], [b]) => a - b)
    return first && { day: first[0], devices: first[1].sort((a, b) => (a < b ? -1 : 1)) }
  }

  /** The device's first day that is due and not kept, from the day of its oldest reading on. */
  async #firstDay(due: Due, deviceId: string, oldestDay: number): Promise<number | undefined> {
    const cutoffMs = due.cutoffMs(deviceId)
    let day = oldestDay
    while (day + dayMs <= cutoffMs) {
      if (!due.isKept(deviceId, day)) return day
      const { orgId } = due
      const period = { orgId, deviceId, fromMs: day + dayMs, toMs: cutoffMs }
      const [next] = (await this.#parts.live.range({ ...period, limit: 1 })).items
      if (next === undefined) return undefined
      day = startOfDay(next.ts)
    }
    return undefined
  }

  async #archiveDay(due: Due, day: number, devices: readonly string[], done: Archived): Promise<void> {
    let left = devices
    for (let round = 0; left.length > 0; round += 1) {
      if (round === maxRounds)
        throw new Error(
          `readings of ${dayName(day)} come in again and again: ${left.slice(0, 10).join(', ')}`,
        )
      await this.#copyDay(due, day, left, done)
      await this.#parts.settle?.()
      const more: string[] = []
      for (const deviceId of left) {
        stopIfAsked(due)
        if (!(await this.#removeDay(due.orgId, deviceId, day))) more.push(deviceId)
      }
      left = more
    }
  }

  /** Writes what the archive does not have of the day, and makes sure of it. */
  async #copyDay(due: Due, day: number, devices: readonly string[], done: Archived): Promise<void> {
    const { orgId } = due
    const { clock, live, notes, partRows = defaultPartRows } = this.#parts
    // What is read before the device is removed counts as archived before, and what comes after a removal as archived
    // after it, also when the clock was ahead then.
    const removals = await Promise.all(devices.map((deviceId) => notes.removedAtMs(orgId, deviceId)))
    const archivedAtMs = removals.reduce(
      (atMs, removedAtMs) => Math.max(atMs, removedAtMs + 1),
      clock.nowMs(),
    )
    let part = new CopiedPart()
    const flush = async (): Promise<void> => {
      await this.#parts.onConflicts(part.conflicts)
      const at = { orgId, day, archivedAtMs }
      if (part.late.length > 0) await this.#store(at, part.late, done)
      if (part.corrections.length > 0) await this.#store({ ...at, corrects: true }, part.corrections, done)
      part = new CopiedPart()
    }
    for (const deviceId of devices) {
      stopIfAsked(due)
      const archived = new ArchivedDay(await this.#archivedDay(orgId, deviceId, day))
      const isLastWinning = this.#parts.lastWins(orgId, deviceId)
      let points: ArchivedPoint[] = []
      const take = (): void => {
        part.add({ orgId, deviceId }, byPort(points), archived, isLastWinning)
        points = []
      }
      for await (const page of livePages(live, { orgId, deviceId, fromMs: day, toMs: day + dayMs })) {
        for (const point of page) if (!archived.repeats(point)) points.push(point)
        // A store in the process may answer without ever giving others a turn.
        await setImmediate()
        if (part.length + points.length < partRows) continue
        take()
        await flush()
      }
      take()
    }
    await flush()
  }

  async #store(
    { archivedAtMs, corrects, day, orgId }: Place,
    rows: ReadingColumns,
    done: Archived,
  ): Promise<void> {
    const { archive, index, step } = this.#parts
    const content = await writePart(rows)
    const sha256 = hashBytes(content)
    const name = dayName(day)
    const key = partKey(orgId, name, sha256)
    step?.('read')
    await archive.put(key, content)
    step?.('put')
    const rowsSha256 = await this.#readBack(key, sha256, rows)
    step?.('verified')
    const isListed = await index.append(orgId, {
      archivedAt: toIsoTime(archivedAtMs),
      day: name,
      file: { key, bytes: content.length, sha256 },
      rows: rows.length,
      rowsSha256,
      ...(corrects === true ? { corrects } : {}),
      ...rows.period(),
      devices: [...rows.devices()],
    })
    if (!isListed) throw new Error(`another process archives ${orgId} at the same time`)
    step?.('listed')
    done.readings += rows.length
    done.files += 1
    done.bytes += content.length
  }

  /** The hash of the rows, once they have come back from the archive as they were. */
  async #readBack(key: string, sha256: string, rows: ReadingColumns): Promise<string> {
    const content = await this.#parts.archive.get(key)
    if (content === undefined) throw new ArchiveDamaged(`${key}: is missing right after it was put`)
    if (hashBytes(content) !== sha256) throw new ArchiveDamaged(`${key}: came back different`)
    const back = await readPart(key, content)
    const expected = await hashRows(rows)
    if (back.length !== rows.length || (await hashRows(back)) !== expected)
      throw new ArchiveDamaged(`${key}: the readings came back different`)
    return expected
  }

  /** False when the series have readings of the day that the archive does not; then nothing is removed. */
  async #removeDay(orgId: string, deviceId: string, day: number): Promise<boolean> {
    const { fence, live, log, step } = this.#parts
    const period = { orgId, deviceId, fromMs: day, toMs: day + dayMs }
    const lower = await fence.raise(period)
    try {
      const archived = new ArchivedDay(await this.#archivedDay(orgId, deviceId, day))
      const isLastWinning = this.#parts.lastWins(orgId, deviceId)
      let count = 0
      for await (const page of livePages(live, period)) {
        for (const point of page) if (archived.needs(point, isLastWinning)) return false
        count += page.length
        await setImmediate()
      }
      await this.#keepNewest(orgId, deviceId, day)
      step?.('compared')
      const removed = await live.removePeriod(period)
      step?.('removed')
      if (removed > count) {
        // Repeats that some stores keep until they are read, or what another process has stored in this very moment;
        // the uplink stream still has that.
        const unseen = removed - count
        log.error({ ...period, unseen }, 'More readings went than were compared with the archive')
      }
      return true
    } finally {
      lower()
    }
  }

  /** Latest values stay known when the day that has them goes. */
  async #keepNewest(orgId: string, deviceId: string, day: number): Promise<void> {
    const { live, notes } = this.#parts
    const going = (await live.latest(orgId, deviceId)).filter(({ ts }) => startOfDay(ts) === day)
    if (going.length === 0) return
    // The value that was archived first counts, also where another came in for the same time.
    const archived = newestOf(await this.#archivedDay(orgId, deviceId, day))
    const ports = new Set(going.map(({ port }) => port))
    await notes.keepNewest(
      orgId,
      deviceId,
      archived.filter(({ port }) => ports.has(port)),
    )
  }

  async #archivedDay(orgId: string, deviceId: string, day: number): Promise<readonly ArchivedPoint[]> {
    const { index, notes, readings } = this.#parts
    const organization = await index.organization(orgId)
    if (organization.partsOf(deviceId, day).length === 0) return []
    const removedAtMs = await notes.removedAtMs(orgId, deviceId)
    return await readings.day(
      organization,
      deviceId,
      day,
      undefined,
      (part) => part.archivedAtMs > removedAtMs,
    )
  }
}

function stopIfAsked({ isStopping }: Due): void {
  if (isStopping?.() === true) throw new ArchivingStopped('archiving goes on at the next start')
}
