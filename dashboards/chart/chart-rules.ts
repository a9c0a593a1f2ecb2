/** Silence of so many usual intervals is a gap in the line. */
const gapFactor = 5
const leastGapMs = 10_000

/** How long a silence has to be to show as a gap: a multiple of the usual distance of points. */
export function gapThreshold(times: readonly number[]): number {
  const distances = times
    .slice(1)
    .map((time, index) => time - (times[index] ?? time))
    .sort((a, b) => a - b)
  const usual = distances[Math.floor(distances.length / 2)] ?? 0
  return Math.max(leastGapMs, usual * gapFactor)
}

/** Pairs of neighbouring times with a longer silence than `threshold` between them. */
export function findGaps(
  times: readonly number[],
  threshold: number,
): readonly (readonly [from: number, to: number])[] {
  const gaps: [number, number][] = []
  for (const [index, time] of times.entries()) {
    const previous = times[index - 1]
    if (previous !== undefined && time - previous > threshold) gaps.push([previous, time])
  }
  return gaps
}

/** The share of a value below which a change is no more than noise, and must not fill the height. */
const leastShare = 0.02

/** Bounds of the value axis with room above and below; a flat line lies in the middle. */
export function valueRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1]
  const middle = (min + max) / 2
  const least = Math.max(Math.abs(middle) * leastShare, 0.1)
  const half = (Math.max(max - min, least) / 2) * 1.2
  return [middle - half, middle + half]
}

const mostDecimals = 6

/** Decimals that ticks need which stand `increment` from one another: two for 0.25, none for 5. */
export function decimalsOfIncrement(increment: number): number {
  for (let decimals = 0; decimals < mostDecimals; decimals += 1) {
    const shifted = increment * 10 ** decimals
    if (Math.abs(shifted - Math.round(shifted)) < 1e-6) return decimals
  }
  return mostDecimals
}
