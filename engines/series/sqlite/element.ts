/**
 * Elements of typed arrays, which have no holes: out of bounds is our bug. One function for each kind of array, so
 * that every access stays monomorphic.
 */

export function f64(values: Float64Array, at: number): number {
  const value = values[at]
  if (value === undefined) throw outOfBounds(at)
  return value
}

export function i32(values: Int32Array, at: number): number {
  const value = values[at]
  if (value === undefined) throw outOfBounds(at)
  return value
}

export function u8(values: Uint8Array, at: number): number {
  const value = values[at]
  if (value === undefined) throw outOfBounds(at)
  return value
}

function outOfBounds(at: number): RangeError {
  return new RangeError(`Index ${at} is out of bounds`)
}
