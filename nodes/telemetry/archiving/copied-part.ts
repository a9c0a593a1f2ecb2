import type { Conflict } from '../dedupe/settle.ts'
import { type ArchivedPoint, ReadingColumns } from './columns.ts'
import type { ArchivedDay } from './corrections.ts'

/** What goes to the archive next. */
export class CopiedPart {
  readonly late = new ReadingColumns()
  readonly corrections = new ReadingColumns()
  readonly conflicts: Conflict[] = []

  get length(): number {
    return this.late.length + this.corrections.length + this.conflicts.length
  }

  add(
    { deviceId, orgId }: { readonly orgId: string; readonly deviceId: string },
    points: readonly ArchivedPoint[],
    archived: ArchivedDay,
    isLastWinning: boolean,
  ): void {
    for (const point of points) {
      const other = archived.otherThan(point)
      if (other !== undefined)
        this.conflicts.push({
          reading: { orgId, deviceId, ...point },
          values: [other, point.rawValue],
          isReplaced: isLastWinning,
          isArchived: true,
        })
      if (other === undefined) this.late.add(deviceId, point)
      else if (isLastWinning) this.corrections.add(deviceId, point)
    }
  }
}
