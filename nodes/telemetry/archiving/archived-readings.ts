import type { ArchivedPart, OrganizationArchive } from './archive-index.ts'
import type { ArchivedPoint, ReadingColumns } from './columns.ts'
import type { Archive } from '../../platform/archive/port.ts'
import { firstStored } from './corrections.ts'
import { type PartFooter, readFooter, readRowGroup } from './read-part.ts'
import { Recent } from './recent.ts'

/** Together some 60 MB. */
const recentRows = 400_000
const recentFooters = 64

/** Which parts count for a device: those from before it was removed do not. */
export type PartFilter = (part: ArchivedPart) => boolean

/** Reads what is archived of a device, a day at a time; what was read last stays in memory. */
export class ArchivedReadings {
  readonly #archive: Archive
  readonly #footers = new Recent<PartFooter>(recentFooters, () => 1)
  readonly #groups = new Recent<ReadingColumns>(recentRows / 2, ({ length }) => length)
  readonly #days = new Recent<readonly ArchivedPoint[]>(recentRows / 2, ({ length }) => length + 1)

  constructor(archive: Archive) {
    this.#archive = archive
  }

  /** By (ts, port), each reading once: of several with the same key the newest correction, else that which was archived first. */
  async day(
    organization: OrganizationArchive,
    deviceId: string,
    day: number,
    port?: number,
    counts: PartFilter = () => true,
  ): Promise<readonly ArchivedPoint[]> {
    const parts = organization.partsOf(deviceId, day).filter(counts)
    if (parts.length === 0) return []
    const key = JSON.stringify([deviceId, port, ...parts.map((part) => part.key)])
    return await this.#days.get(key, () => this.#readDay(parts, deviceId, port))
  }

  async #readDay(
    parts: readonly ArchivedPart[],
    deviceId: string,
    port: number | undefined,
  ): Promise<readonly ArchivedPoint[]> {
    const points: ArchivedPoint[] = []
    const corrections = parts.filter(({ corrects }) => corrects).toReversed()
    for (const part of [...corrections, ...parts.filter(({ corrects }) => !corrects)]) {
      const footer = await this.#footers.get(part.key, () => readFooter(this.#archive, part.key, part.bytes))
      for (const group of footer.groups) {
        if (deviceId < group.minDevice || deviceId > group.maxDevice) continue
        const groupKey = `${part.key}#${group.firstRow}`
        const rows = await this.#groups.get(groupKey, () =>
          readRowGroup(this.#archive, part.key, footer, group),
        )
        for (let row = firstRowOf(rows, deviceId); rows.deviceId[row] === deviceId; row += 1)
          if (port === undefined || rows.port[row] === port) points.push(rows.point(row))
      }
    }
    return firstStored(points)
  }
}

function firstRowOf({ deviceId: ids }: ReadingColumns, deviceId: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle] ?? '') < deviceId) low = middle + 1
    else high = middle
  }
  return low
}
