import type { Clock } from '../../platform/clock.ts'
import { appendEntry, type ChainEnd, chainStart, readChain } from './chain.ts'
import { dayMs, dayStart, startOfDay } from './days.ts'
import { type ManifestEntry } from './manifest.ts'
import type { Archive } from '../../platform/archive/port.ts'

/** A file of the archive, as queries need to know it. */
export interface ArchivedPart {
  readonly sequence: number
  readonly key: string
  readonly bytes: number
  readonly rows: number
  readonly archivedAtMs: number
  /** Whether its readings stand for those that were archived before. */
  readonly corrects: boolean
  /** In ascending order. */
  readonly devices: readonly string[]
}

/** What one organization has in the archive, in memory: 8 bytes for each device and day. */
export class OrganizationArchive {
  readonly orgId: string
  end: ChainEnd = chainStart
  /** The latest time that any part says it was archived at. */
  lastArchivedMs = -Infinity
  /** By the start of the day, each in the order in which they were archived. */
  readonly #days = new Map<number, ArchivedPart[]>()
  /** Each id once, however many days name it. */
  readonly #ids = new Map<string, string>()

  constructor(orgId: string) {
    this.orgId = orgId
  }

  add(entry: ManifestEntry, end: ChainEnd): void {
    this.end = end
    const day = dayStart(entry.day)
    const archivedAtMs = Date.parse(entry.archivedAt)
    this.lastArchivedMs = Math.max(this.lastArchivedMs, archivedAtMs)
    const parts = this.#days.get(day) ?? []
    parts.push({
      sequence: entry.sequence,
      key: entry.file.key,
      bytes: entry.file.bytes,
      rows: entry.rows,
      archivedAtMs,
      corrects: entry.corrects === true,
      devices: entry.devices.map((id) => this.#intern(id)),
    })
    this.#days.set(day, parts)
  }

  /** Starts of the days that have anything, ascending. */
  days(): readonly number[] {
    return [...this.#days.keys()].sort((a, b) => a - b)
  }

  parts(day: number): readonly ArchivedPart[] {
    return this.#days.get(day) ?? []
  }

  partsOf(deviceId: string, day: number): readonly ArchivedPart[] {
    return this.parts(day).filter(({ devices }) => includes(devices, deviceId))
  }

  /** Starts of the days, ascending, of which the device has something archived and the period has a part. */
  daysOf(deviceId: string, fromMs: number, toMs: number): readonly number[] {
    const days: number[] = []
    const first = startOfDay(fromMs)
    // A period may be endless; what is archived is not.
    const asked = (toMs - first) / dayMs > this.#days.size ? this.days() : stepsOfDays(first, toMs)
    for (const day of asked) {
      if (day >= first && day < toMs && this.partsOf(deviceId, day).length > 0) days.push(day)
    }
    return days
  }

  #intern(id: string): string {
    const known = this.#ids.get(id)
    if (known !== undefined) return known
    this.#ids.set(id, id)
    return id
  }
}

function* stepsOfDays(first: number, toMs: number): Generator<number> {
  for (let day = first; day < toMs; day += dayMs) yield day
}

function includes(ascending: readonly string[], id: string): boolean {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? '') < id) low = middle + 1
    else high = middle
  }
  return ascending[low] === id
}

/** What all organizations have in the archive; each is read when it is first asked for. */
export class ArchiveIndex {
  readonly #archive: Archive
  readonly #clock: Clock
  /** Others may archive, too: what was read longer ago is looked at again. */
  readonly #maxAgeMs: number
  readonly #organizations = new Map<string, { readonly known: OrganizationArchive; readAtMs: number }>()
  readonly #reading = new Map<string, Promise<OrganizationArchive>>()

  constructor(archive: Archive, clock: Clock, maxAgeMs: number) {
    this.#archive = archive
    this.#clock = clock
    this.#maxAgeMs = maxAgeMs
  }

  /**
   * Never older than `maxAgeMs`.
   * @throws ArchiveUnavailable
   * @throws ArchiveDamaged when the chain of the manifest is broken
   */
  async organization(orgId: string, maxAgeMs: number = this.#maxAgeMs): Promise<OrganizationArchive> {
    const found = this.#organizations.get(orgId)
    if (found !== undefined && this.#clock.monotonicMs() - found.readAtMs <= maxAgeMs) return found.known
    const reading = this.#reading.get(orgId) ?? this.#read(orgId, found?.known)
    this.#reading.set(orgId, reading)
    try {
      return await reading
    } finally {
      if (this.#reading.get(orgId) === reading) this.#reading.delete(orgId)
    }
  }

  /** Appends to the manifest; false when somebody else did so meanwhile, and what is due has to be found out anew. */
  async append(
    orgId: string,
    next: Omit<ManifestEntry, 'orgId' | 'sequence' | 'previous' | 'version'>,
  ): Promise<boolean> {
    const known = await this.organization(orgId, Infinity)
    const appended = await appendEntry(this.#archive, known.end, { ...next, orgId })
    if (appended === undefined) {
      await this.organization(orgId, -1)
      return false
    }
    // A reader may have come upon it meanwhile.
    if (known.end.sequence < appended.end.sequence) known.add(appended.entry, appended.end)
    return true
  }

  async #read(orgId: string, before: OrganizationArchive | undefined): Promise<OrganizationArchive> {
    const known = before ?? new OrganizationArchive(orgId)
    const readAtMs = this.#clock.monotonicMs()
    for await (const { entry, end } of readChain(this.#archive, orgId, known.end)) {
      if (end.sequence === known.end.sequence + 1) known.add(entry, end)
    }
    this.#organizations.set(orgId, { known, readAtMs })
    return known
  }
}
