const capacity = 60
export const sparklineWidth = 120
export const sparklineHeight = 32

/** The values with a new one, as many as the line has room for. */
export const withNewest = (values: readonly number[], value: number): readonly number[] =>
  [...values, value].slice(-capacity)

/** Points of a line through the values, newest at the right edge; the scale begins at zero, so that height is amount. */
export function sparklinePoints(values: readonly number[]): string {
  const top = Math.max(...values, Number.MIN_VALUE) * 1.15
  const left = capacity - values.length
  return values
    .map((value, index) => {
      const x = ((left + index) / (capacity - 1)) * sparklineWidth
      const y = sparklineHeight - 1 - (value / top) * (sparklineHeight - 2)
      return `${x.toFixed(1)},${y.toFixed(1)}`
    })
    .join(' ')
}
