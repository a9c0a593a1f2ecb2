export interface WindowStatistics {
  readonly min: number
  readonly max: number
  readonly average: number
}

export type WindowPoint = readonly [time: number, value: number, isDoubtful?: boolean]

/** Beyond it the oldest points go, however young: a chart has no more pixels than that. */
const capacity = 20_000
/** Room at the front is given back in pieces, so that a point costs no copying on average. */
const slack = 1024

/** The points of one port in the last minutes, ascending by time, each time once. */
export class SlidingWindow {
  #times: number[] = []
  #values: number[] = []
  #doubts: boolean[] = []
  #start = 0

  get size(): number {
    return this.#times.length - this.#start
  }

  /** Epoch milliseconds. */
  get times(): readonly number[] {
    return this.#times.slice(this.#start)
  }

  get values(): readonly number[] {
    return this.#values.slice(this.#start)
  }

  /** Whether the quality of each was other than good. */
  get doubts(): readonly boolean[] {
    return this.#doubts.slice(this.#start)
  }

  /** Mostly at the end; history and late readings find their place. The same time again replaces the value. */
  add(time: number, value: number, isDoubtful = false): void {
    let place = this.#times.length
    if (place > this.#start && (this.#times[place - 1] ?? 0) >= time) place = this.#placeOf(time)
    if (this.#times[place] === time) {
      this.#values[place] = value
      this.#doubts[place] = isDoubtful
    } else if (place === this.#times.length) {
      this.#times.push(time)
      this.#values.push(value)
      this.#doubts.push(isDoubtful)
    } else {
      this.#times.splice(place, 0, time)
      this.#values.splice(place, 0, value)
      this.#doubts.splice(place, 0, isDoubtful)
    }
    if (this.size > capacity) this.#drop(this.size - capacity)
  }

  /** Many points in any order, at the cost of one sort. */
  addAll(points: readonly WindowPoint[]): void {
    const merged = new Map(points.map((point) => [point[0], point]))
    for (let index = this.#start; index < this.#times.length; index += 1) {
      const time = this.#times[index] ?? 0
      merged.set(time, [time, this.#values[index] ?? 0, this.#doubts[index] ?? false])
    }
    const sorted = [...merged.values()].sort(([a], [b]) => a - b).slice(-capacity)
    this.#times = sorted.map(([time]) => time)
    this.#values = sorted.map(([, value]) => value)
    this.#doubts = sorted.map(([, , isDoubtful]) => isDoubtful ?? false)
    this.#start = 0
  }

  /** Forgets what is older than `fromMs`. */
  trim(fromMs: number): void {
    let start = this.#start
    while (start < this.#times.length && (this.#times[start] ?? 0) < fromMs) start += 1
    this.#drop(start - this.#start)
  }

  statistics(): WindowStatistics | undefined {
    if (this.size === 0) return undefined
    let min = Infinity
    let max = -Infinity
    let sum = 0
    for (let index = this.#start; index < this.#values.length; index += 1) {
      const value = this.#values[index] ?? 0
      if (value < min) min = value
      if (value > max) max = value
      sum += value
    }
    return { min, max, average: sum / this.size }
  }

  #placeOf(time: number): number {
    let low = this.#start
    let high = this.#times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#times[middle] ?? 0) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  #drop(count: number): void {
    this.#start += count
    if (this.#start < slack) return
    this.#times.splice(0, this.#start)
    this.#values.splice(0, this.#start)
    this.#doubts.splice(0, this.#start)
    this.#start = 0
  }
}
