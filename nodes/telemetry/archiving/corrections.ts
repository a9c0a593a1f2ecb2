/**
 * What is archived and what has come in for the same instants since. The archived value stays, unless the device's class has the last
 * one win: then a value that differs is a correction. It goes to the archive like anything late, to a file of its own that says so,
 * so that it wins whatever the class says later.
 */
import type { ArchivedPoint } from './columns.ts'

/** Whether the last value of an instant stays, by the device's class. */
export type LastWins = (orgId: string, deviceId: string) => boolean

const keyOf = ({ port, ts }: Pick<ArchivedPoint, 'port' | 'ts'>): string => `${port}:${ts}`

/** Sorted by (ts, port); of those with the same key the first stays. */
export function firstStored(points: readonly ArchivedPoint[]): readonly ArchivedPoint[] {
  // Sorting is stable: among equals the first comes first.
  const sorted = points.toSorted((a, b) => a.ts - b.ts || a.port - b.port)
  return sorted.filter((point, i) => {
    const before = sorted[i - 1]
    return before === undefined || before.ts !== point.ts || before.port !== point.port
  })
}

/** What is stored, of what is archived and what is still in the series. */
export function joinedWithLate(
  archived: readonly ArchivedPoint[],
  late: readonly ArchivedPoint[],
  isLastWinning: boolean,
): readonly ArchivedPoint[] {
  if (late.length === 0) return archived
  const day = new ArchivedDay(archived)
  const corrections = isLastWinning ? late.filter((point) => day.otherThan(point) !== undefined) : []
  return firstStored([...corrections, ...archived, ...late])
}

/** What the archive has of a device's day. */
export class ArchivedDay {
  readonly #values: ReadonlyMap<string, number>

  constructor(points: readonly ArchivedPoint[]) {
    this.#values = new Map(points.map((point) => [keyOf(point), point.rawValue]))
  }

  /** The archived value that this one is in conflict with; undefined where there is none, or the same. */
  otherThan(point: ArchivedPoint): number | undefined {
    const value = this.#values.get(keyOf(point))
    return value === point.rawValue ? undefined : value
  }

  /** Whether just this value is archived. */
  repeats(point: ArchivedPoint): boolean {
    return this.#values.get(keyOf(point)) === point.rawValue
  }

  /** Whether the archive does not say of this instant what it should. */
  needs(point: ArchivedPoint, isLastWinning: boolean): boolean {
    return isLastWinning ? !this.repeats(point) : !this.#values.has(keyOf(point))
  }
}
