/**
 * What rules mean, told in the plainest way there is: second by second, everything worked out anew from all readings. For rules
 * whose times are whole seconds, and readings that come when they were measured or not at all in time.
 */
import { type Condition, isGroup, type Leaf } from './condition.ts'
import type { Rule } from './rule.ts'

export interface NaiveReading {
  readonly second: number
  readonly port: number
  readonly value: number
}

export class Naive {
  /** `fired 5` and `ended 9`, in order. */
  readonly told: string[] = []
  #rule: Rule
  #readings: NaiveReading[] = []
  #isOpen = false
  #lastFired = -Infinity
  #since: number | null = null
  #hits: number[] = []
  #silent = new Set<Leaf>()

  constructor(rule: Rule) {
    this.#rule = rule
  }

  /** Before anything else of the second. */
  edit(rule: Rule, second: number): void {
    this.resolve(second)
    this.#reset()
    this.#rule = rule
    this.#silent = new Set()
  }

  resolve(second: number): void {
    if (!this.#isOpen) return
    this.told.push(`ended ${second}`)
    this.#reset()
  }

  /** The second begins. */
  tick(second: number): void {
    const silent = leavesOf(this.#rule.condition).filter((leaf) => leaf.kind === 'no-data')
    const isTimed = silent.length > 0 || (this.#rule.sustainedForMs ?? 0) > 0
    const fallen = silent.filter((leaf) => !this.#silent.has(leaf) && this.#isSilent(leaf, second))
    for (const leaf of fallen) this.#silent.add(leaf)
    if (this.#isOpen || !isTimed || !this.#isMet()) return
    if (fallen.length > 0) this.#since ??= second
    this.#fireIfReady(second)
  }

  read(reading: NaiveReading): void {
    const { port, second } = reading
    if (this.#newest(port) >= second) return
    // Of a port that nobody names it is data, and of one instant that once.
    const isFirst = this.#readings.every((each) => each.second < second)
    this.#readings.push(reading)
    for (const leaf of this.#silent)
      if (leaf.port === undefined || leaf.port === port) this.#silent.delete(leaf)
    const concerns = (leaf: Leaf): boolean => leaf.port === port || (leaf.port === undefined && isFirst)
    if (!leavesOf(this.#rule.condition).some((leaf) => concerns(leaf))) return
    if (this.#isOpen) {
      if (!this.#holds(this.#rule.condition, (leaf) => this.#isHeld(leaf))) this.resolve(second)
      return
    }
    if (!this.#isMet()) this.#since = null
    else {
      this.#since ??= second
      this.#hits.push(second)
      this.#fireIfReady(second)
    }
  }

  #fireIfReady(second: number): void {
    const { coolDownMs = 0, occurrences, sustainedForMs = 0 } = this.#rule
    if (this.#since === null || second < this.#since + sustainedForMs / 1000) return
    if (second < this.#lastFired + coolDownMs / 1000) return
    if (occurrences !== undefined) {
      const recent = this.#hits.filter((hit) => hit >= second - occurrences.withinMs / 1000)
      if (recent.length < occurrences.count) return
    }
    // Again in the same instant: another alert.
    const firedAt = second === this.#lastFired ? second + 0.001 : second
    this.told.push(`fired ${firedAt}`)
    this.#reset()
    this.#isOpen = true
    this.#lastFired = firedAt
  }

  #reset(): void {
    this.#isOpen = false
    this.#since = null
    this.#hits = []
  }

  #isMet(): boolean {
    return this.#holds(this.#rule.condition, (leaf) => this.#isViolated(leaf, this.#of(leaf)))
  }

  #holds(condition: Condition | Leaf, test: (leaf: Leaf) => boolean): boolean {
    if (!isGroup(condition)) return test(condition)
    return condition.kind === 'all'
      ? condition.of.every((each) => this.#holds(each, test))
      : condition.of.some((each) => this.#holds(each, test))
  }

  #isSilent(leaf: Leaf, second: number): boolean {
    if (leaf.kind !== 'no-data') return false
    const last =
      leaf.port === undefined
        ? Math.max(0, ...this.#readings.map((each) => each.second))
        : this.#newest(leaf.port)
    return second >= Math.max(last, 0) + leaf.forMs / 1000
  }

  #isHeld(leaf: Leaf): boolean {
    const own = this.#of(leaf)
    let isHeld = false
    for (const [index, { value }] of own.entries()) {
      if (this.#isViolated(leaf, own.slice(0, index + 1))) isHeld = true
      else if (leaf.kind === 'above') isHeld &&= value > (leaf.clearAt ?? leaf.value)
      else if (leaf.kind === 'below') isHeld &&= value < (leaf.clearAt ?? leaf.value)
      else isHeld = false
    }
    return leaf.kind === 'no-data' ? this.#silent.has(leaf) : isHeld
  }

  /** By the last of the readings. */
  #isViolated(leaf: Leaf, readings: readonly NaiveReading[]): boolean {
    if (leaf.kind === 'no-data') return this.#silent.has(leaf)
    const [before, last] = [readings.at(-2), readings.at(-1)]
    if (last === undefined) return false
    const { value } = last
    if (leaf.kind === 'above') return value > leaf.value
    if (leaf.kind === 'below') return value < leaf.value
    if (leaf.kind === 'between') return leaf.low <= value && value <= leaf.high
    if (leaf.kind === 'outside') return !(leaf.low <= value && value <= leaf.high)
    if (leaf.kind === 'equals') return value === leaf.value
    if (leaf.kind === 'rate') {
      if (before === undefined) return false
      const perMinute = ((value - before.value) / (last.second - before.second)) * 60
      if (leaf.direction === 'rising') return perMinute > leaf.perMinute
      if (leaf.direction === 'falling') return -perMinute > leaf.perMinute
      return Math.abs(perMinute) > leaf.perMinute
    }
    const window = readings.slice(0, -1).filter(({ second }) => second >= last.second - leaf.windowMs / 1000)
    if (window.length === 0) return false
    const mean = window.reduce((sum, each) => sum + each.value, 0) / window.length
    return Math.abs(value - mean) > (Math.abs(mean) * leaf.percent) / 100
  }

  #of({ port }: Leaf): readonly NaiveReading[] {
    return this.#readings.filter((each) => each.port === port)
  }

  #newest(port: number): number {
    return Math.max(
      -Infinity,
      ...this.#readings.filter((each) => each.port === port).map(({ second }) => second),
    )
  }
}

const leavesOf = (condition: Condition | Leaf): readonly Leaf[] =>
  isGroup(condition) ? condition.of.flatMap((each): readonly Leaf[] => leavesOf(each)) : [condition]
