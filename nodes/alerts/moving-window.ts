/**
 * The readings of the last while, for their mean. A window never changes: appending gives another, which shares the numbers
 * with it, so that a reading costs the same however many there are.
 */
export interface MovingWindow {
  /** Pairs of time and value; what lies behind `to` belongs to windows that came later. */
  readonly numbers: number[]
  readonly from: number
  readonly to: number
  readonly sum: number
}

export const emptyWindow: MovingWindow = { numbers: [], from: 0, to: 0, sum: 0 }

/** More are not kept: then it is the mean of so many. */
const maxReadings = 10_000
const maxDead = 1024

/** The window as it is at `ts`: without what is older than `windowMs`. */
export function without(window: MovingWindow, ts: number, windowMs: number): MovingWindow {
  const { numbers, to } = window
  let { from, sum } = window
  while (from < to && (numbers[from] ?? 0) < ts - windowMs) {
    sum -= numbers[from + 1] ?? 0
    from += 2
  }
  return from === window.from ? window : { numbers, from, to, sum }
}

export function withReading(window: MovingWindow, ts: number, value: number): MovingWindow {
  const isFull = window.to - window.from >= maxReadings * 2
  const from = isFull ? window.from + 2 : window.from
  const isShared = window.numbers.length !== window.to
  const numbers = isShared || from > maxDead ? window.numbers.slice(from, window.to) : window.numbers
  const start = numbers === window.numbers ? from : 0
  const before = numbers === window.numbers && !isFull ? window.sum : sumOf(numbers, start)
  numbers.push(ts, value)
  return { numbers, from: start, to: numbers.length, sum: before + value }
}

/** Undefined when there is nothing in it. */
export const meanOf = ({ from, sum, to }: MovingWindow): number | undefined =>
  to === from ? undefined : sum / ((to - from) / 2)

function sumOf(numbers: readonly number[], from: number): number {
  let sum = 0
  for (let index = from + 1; index < numbers.length; index += 2) sum += numbers[index] ?? 0
  return sum
}
