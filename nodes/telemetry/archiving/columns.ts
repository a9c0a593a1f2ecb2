import type { Quality, SeriesPoint } from '../../platform/series/port.ts'

export type ArchivedPoint = SeriesPoint & { readonly port: number }

/** Readings of one organization, a column for each field, in the order in which they were added. */
export class ReadingColumns {
  readonly deviceId: string[] = []
  readonly port: number[] = []
  readonly ts: number[] = []
  readonly rawValue: number[] = []
  readonly calibratedValue: number[] = []
  readonly quality: Quality[] = []
  readonly ingestTs: number[] = []

  get length(): number {
    return this.ts.length
  }

  add(deviceId: string, point: ArchivedPoint): void {
    this.deviceId.push(deviceId)
    this.port.push(point.port)
    this.ts.push(point.ts)
    this.rawValue.push(point.rawValue)
    this.calibratedValue.push(point.calibratedValue)
    this.quality.push(point.quality)
    this.ingestTs.push(point.ingestTs)
  }

  /** @throws RangeError when there is no such row */
  point(row: number): ArchivedPoint {
    const { [row]: quality } = this.quality
    if (quality === undefined) throw new RangeError(`no row ${row}`)
    return {
      port: this.port[row] ?? 0,
      ts: this.ts[row] ?? 0,
      rawValue: this.rawValue[row] ?? 0,
      calibratedValue: this.calibratedValue[row] ?? 0,
      quality,
      ingestTs: this.ingestTs[row] ?? 0,
    }
  }

  /** Devices in the order in which they come. */
  devices(): readonly string[] {
    return [...new Set(this.deviceId)]
  }

  /** Measuring times, oldest and newest. */
  period(): { readonly fromTs: number; readonly toTs: number } {
    let fromTs = Infinity
    let toTs = -Infinity
    for (const ts of this.ts) {
      if (ts < fromTs) fromTs = ts
      if (ts > toTs) toTs = ts
    }
    return { fromTs, toTs }
  }
}

/** By port, then time: the order in which a device's readings stand in a file. Pages come by time, then port. */
export function byPort(points: readonly ArchivedPoint[]): readonly ArchivedPoint[] {
  return points.toSorted((a, b) => a.port - b.port || a.ts - b.ts)
}
