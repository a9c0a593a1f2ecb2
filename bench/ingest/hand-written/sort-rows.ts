import type { TailColumns } from './tail.ts'

/**
 * The rows of a tail in the order of (series, ts): `rows` lists them, those of series s stand from `starts[s]` to
 * `starts[s + 1]`. Counting sort by series is stable, so a series is out of order only where late readings came, and
 * only that part is compared.
 */
export function sortRows(
  columns: TailColumns,
  count: number,
  seriesCount: number,
): { rows: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(seriesCount + 2)
  // Shifted by one so that filling below leaves every start where it belongs.
  for (let row = 0; row < count; row++) {
    const slot = (columns.series[row] ?? 0) + 2
    starts[slot] = (starts[slot] ?? 0) + 1
  }
  for (let slot = 2; slot < starts.length; slot++)
    starts[slot] = (starts[slot] ?? 0) + (starts[slot - 1] ?? 0)
  const rows = new Int32Array(count)
  const unordered = new Set<number>()
  const newest = new Float64Array(seriesCount).fill(Number.NEGATIVE_INFINITY)
  for (let row = 0; row < count; row++) {
    const series = columns.series[row] ?? 0
    const at = starts[series + 1] ?? 0
    rows[at] = row
    starts[series + 1] = at + 1
    const ts = columns.ts[row] ?? 0
    if (ts < (newest[series] ?? 0)) unordered.add(series)
    else newest[series] = ts
  }
  for (const series of unordered) {
    rows
      .subarray(starts[series], starts[series + 1])
      .sort((left, right) => (columns.ts[left] ?? 0) - (columns.ts[right] ?? 0))
  }
  return { rows, starts }
}
