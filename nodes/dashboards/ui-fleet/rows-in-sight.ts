/** Rows beyond the edges that are there before somebody scrolls to them. */
const spare = 4

export interface RowsInSight {
  readonly from: number
  /** Behind the last one. */
  readonly to: number
  /** Pixels that the rows above and below would take. */
  readonly above: number
  readonly below: number
}

/** Which of many rows of one height have to be there. */
export function rowsInSight(count: number, rowPx: number, scrolledPx: number, heightPx: number): RowsInSight {
  const first = Math.floor(scrolledPx / rowPx) - spare
  const last = Math.ceil((scrolledPx + heightPx) / rowPx) + spare
  const from = Math.max(0, Math.min(first, count))
  const to = Math.max(from, Math.min(last, count))
  return { from, to, above: from * rowPx, below: (count - to) * rowPx }
}
