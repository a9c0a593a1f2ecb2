import {
  maxTurnChars,
  maxTurnItems,
  maxWaitingChars,
  maxWaitingCharsOfAll,
  maxWaitingItems,
} from './limits.ts'

/** What waits to be evaluated, one organization after the other; within an organization in order. */
export interface Waiting {
  readonly orgId: string
  readonly text: string
}

interface Lane<T> {
  readonly items: T[]
  chars: number
  hasTurn: boolean
}

export class Turns<T extends Waiting> {
  /** Those who wait the longest for a turn come first. */
  readonly #lanes = new Map<string, Lane<T>>()
  #chars = 0
  #count = 0

  get size(): number {
    return this.#count
  }

  hasRoom(orgId: string): boolean {
    const lane = this.#lanes.get(orgId)
    if (lane === undefined) return true
    return (
      lane.items.length < maxWaitingItems &&
      lane.chars < maxWaitingChars &&
      this.#chars < maxWaitingCharsOfAll
    )
  }

  /** It has been drained far enough to be worth waiting for again. */
  isHalfEmpty(orgId: string): boolean {
    const lane = this.#lanes.get(orgId)
    return (
      lane === undefined || (lane.items.length <= maxWaitingItems / 2 && lane.chars <= maxWaitingChars / 2)
    )
  }

  add(item: T): void {
    const lane = this.#lanes.get(item.orgId) ?? { items: [], chars: 0, hasTurn: false }
    this.#lanes.set(item.orgId, lane)
    lane.items.push(item)
    this.#counted(lane, 1, item.text.length)
  }

  /**
   * The next turn, of an organization that has none.
   * @param isAlone tells what is not to share a turn with others
   * @param mayBegin false for what is not to have its turn now
   */
  next(isAlone: (item: T) => boolean, mayBegin: (item: T) => boolean = () => true): readonly T[] {
    for (const lane of this.#lanes.values()) {
      const [first] = lane.items
      if (lane.hasTurn || first === undefined || !mayBegin(first)) continue
      lane.hasTurn = true
      return take(lane.items, isAlone)
    }
    return []
  }

  /** The turn is over; those of its items that are done, always the first ones, do not wait any more. */
  over(turn: readonly T[], done: number): void {
    const [first] = turn
    const lane = first === undefined ? undefined : this.#lanes.get(first.orgId)
    if (first === undefined || lane === undefined) return
    lane.hasTurn = false
    const gone = lane.items.splice(0, done)
    this.#counted(lane, -done, -gone.reduce((sum, { text }) => sum + text.length, 0))
    // To the end of the line.
    this.#lanes.delete(first.orgId)
    if (lane.items.length > 0) this.#lanes.set(first.orgId, lane)
  }

  #counted(lane: Lane<T>, items: number, chars: number): void {
    lane.chars += chars
    this.#chars += chars
    this.#count += items
  }
}

function take<T extends Waiting>(items: readonly T[], isAlone: (item: T) => boolean): readonly T[] {
  const taken: T[] = []
  let chars = 0
  for (const item of items) {
    const alone = isAlone(item)
    if (taken.length > 0 && (alone || chars + item.text.length > maxTurnChars)) break
    taken.push(item)
    chars += item.text.length
    if (alone || taken.length === maxTurnItems) break
  }
  return taken
}
