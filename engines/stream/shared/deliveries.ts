interface Range {
  readonly from: number
  readonly to: number
  times: number
}

/** Remembers what was handed out and not acknowledged: ranges, since that is how entries are handed out. */
export class Deliveries {
  #ranges: Range[] = []

  get none(): boolean {
    return this.#ranges.length === 0
  }

  note(from: number, to: number): void {
    const same = this.#ranges.find((range) => range.from === from && range.to === to)
    if (same === undefined) this.#ranges.push({ from, to, times: 1 })
    else same.times += 1
  }

  count(position: number): number {
    let times = 0
    for (const range of this.#ranges) {
      if (range.from <= position && position < range.to) times += range.times
    }
    return times
  }

  forgetBefore(position: number): void {
    this.#ranges = this.#ranges.filter((range) => range.to > position)
  }
}
