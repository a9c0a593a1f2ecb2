/** Brings what runs and tails hold of one series and day together: ascending by ts, each ts once. Pure. */
import { f64 } from './element.ts'

export interface Values {
  /** Strictly ascending, at least one. */
  readonly ts: Float64Array
  readonly values: Float64Array
}

/**
 * Returns pieces that follow each other in time. `sources` are ordered by age, the pieces of each by time; of several
 * readings with the same ts that of the oldest source stays.
 */
export function distinct(sources: readonly (readonly Values[])[]): readonly Values[] {
  const inTime = sources.flat().sort((a, b) => f64(a.ts, 0) - f64(b.ts, 0))
  const apart = inTime.every((piece, i) => {
    const before = inTime[i - 1]
    return before === undefined || f64(before.ts, before.ts.length - 1) < f64(piece.ts, 0)
  })
  if (apart) return inTime
  return [
    sources
      .filter(({ length }) => length > 0)
      .map(joined)
      .reduce(merge),
  ]
}

function joined(pieces: readonly Values[]): Values {
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) return only
  const count = pieces.reduce((sum, { ts }) => sum + ts.length, 0)
  const all = { ts: new Float64Array(count), values: new Float64Array(count) }
  let at = 0
  for (const { ts, values } of pieces) {
    all.ts.set(ts, at)
    all.values.set(values, at)
    at += ts.length
  }
  return all
}

function merge(older: Values, younger: Values): Values {
  const ts = new Float64Array(older.ts.length + younger.ts.length)
  const values = new Float64Array(ts.length)
  let count = 0
  let a = 0
  let b = 0
  while (a < older.ts.length || b < younger.ts.length) {
    const atA = older.ts[a] ?? Infinity
    const atB = younger.ts[b] ?? Infinity
    const from = atA <= atB ? older : younger
    const at = atA <= atB ? a : b
    ts[count] = f64(from.ts, at)
    values[count] = f64(from.values, at)
    count++
    if (atA <= atB) a++
    if (atB <= atA) b++
  }
  return { ts: ts.subarray(0, count), values: values.subarray(0, count) }
}
