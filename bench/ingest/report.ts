import type { Measured } from './measure.ts'

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
export const millis = (value: number): string =>
  Number.isNaN(value)
    ? '–'
    : value === Number.POSITIVE_INFINITY
      ? '> 5000'
      : value.toPrecision(value < 1 ? 2 : 3)
export const megabytes = (bytes: number): string => whole(bytes / 1e6)

/** A table with the first column to the left and figures to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n')
}

export const figureHeads: readonly string[] = [
  'stored/s',
  'acked/s',
  'ack p50 ms',
  'ack p99 ms',
  'stored p50 ms',
  'stored p99 ms',
  'RSS MB',
  'CPU µs/msg',
  'lost',
]

export function figures(measured: readonly Measured[]): string[] {
  const of = (pick: (one: Measured) => number): number => median(measured.map(pick))
  return [
    whole(of((one) => one.storedPerSecond)),
    whole(of((one) => one.ackedPerSecond)),
    millis(of((one) => one.ackP50Ms)),
    millis(of((one) => one.ackP99Ms)),
    millis(of((one) => one.ageP50Ms)),
    millis(of((one) => one.ageP99Ms)),
    megabytes(of((one) => one.rssBytes)),
    of((one) => one.cpuMicrosPerMessage).toFixed(1),
    whole(measured.reduce((sum, one) => sum + one.lostReadings, 0)),
  ]
}

/** What was measured of each, round by round. */
export type Rounds<Of extends { readonly key: string }> = ReadonlyMap<Of, readonly Measured[]>

/** The median of a figure over the rounds of one; NaN when there are none. */
function medianOf(
  measured: Rounds<{ readonly key: string }>,
  key: string,
  pick: (one: Measured) => number,
): number {
  return median(([...measured].find(([of]) => of.key === key)?.[1] ?? []).map(pick))
}

export const rateOf = (measured: Rounds<{ readonly key: string }>, key: string): number =>
  medianOf(measured, key, (one) => one.storedPerSecond)
export const costOf = (measured: Rounds<{ readonly key: string }>, key: string): number =>
  medianOf(measured, key, (one) => one.cpuMicrosPerMessage)

/** The ratio of two in each round: how far apart they are tells what the machine has to do with it. */
export function costRatios(
  measured: Rounds<{ readonly key: string }>,
  [over, under]: readonly [string, string],
): readonly number[] {
  const costs = (key: string): readonly number[] =>
    ([...measured].find(([of]) => of.key === key)?.[1] ?? []).map((one) => one.cpuMicrosPerMessage)
  const base = costs(under)
  return costs(over).map((cost, round) => cost / (base[round] ?? Number.NaN))
}

/** A ratio beside the goal it is compared with; the bench prints, people judge. */
export function ratio(name: string, value: number, goal: string): string {
  return `${name} = ${Number.isNaN(value) ? '–' : value.toFixed(2)}  (goal ${goal})`
}

/** What would make the figures doubtful, in words. */
export function doubts(name: string, measured: readonly Measured[]): string[] {
  const found: string[] = []
  const ahead = Math.max(...measured.map((one) => one.load.tsAheadMs))
  if (ahead > 25) {
    found.push(
      `${name}: timestamps ran up to ${ahead} ms ahead of the clock, ages are too small (--port-pairs)`,
    )
  }
  const busiest = Math.max(...measured.map((one) => one.load.cpuSeconds / one.load.seconds))
  if (busiest > 0.9)
    found.push(`${name}: the load generator was busy ${Math.round(busiest * 100)} % of the time`)
  const late = measured.reduce((sum, one) => sum + one.load.late, 0)
  if (late > 0) found.push(`${name}: ${late} messages could not be sent in their turn`)
  return found
}
