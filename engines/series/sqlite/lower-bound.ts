import { f64 } from './element.ts'

/** Index of the first that is not below `ts`. */
export function lowerBound(values: Float64Array, ts: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (f64(values, middle) < ts) low = middle + 1
    else high = middle
  }
  return low
}
