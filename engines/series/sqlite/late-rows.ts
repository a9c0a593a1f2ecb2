/**
 * The rows of a series that did not come in order of time, as a balanced tree (Arne Andersson, "Balanced Search Trees
 * Made Simple", 1993): whatever order a device chooses, a row is put in and found in log time.
 */
import { f64, i32, u8 } from './element.ts'

const NONE = -1
/** A path is at most twice as long as the logarithm of the rows. */
const LONGEST_PATH = 64

export class LateRows {
  readonly #ts: Float64Array
  readonly #left: Int32Array
  readonly #right: Int32Array
  readonly #level: Uint8Array
  readonly #path = new Int32Array(LONGEST_PATH)

  constructor(ts: Float64Array, capacity: number) {
    this.#ts = ts
    this.#left = new Int32Array(capacity)
    this.#right = new Int32Array(capacity)
    this.#level = new Uint8Array(capacity)
  }

  /** Puts in a row that arrived later than all others of its tree; returns the new root. */
  insert(root: number, row: number): number {
    const ts = f64(this.#ts, row)
    const path = this.#path
    let length = 0
    // Equal times go to the right: the first to arrive comes first.
    for (let at = root; at !== NONE; at = this.#isBefore(ts, at) ? i32(this.#left, at) : i32(this.#right, at))
      path[length++] = at
    this.#left[row] = NONE
    this.#right[row] = NONE
    this.#level[row] = 1
    let child = row
    while (length > 0) {
      const parent = i32(path, --length)
      if (this.#isBefore(ts, parent)) this.#left[parent] = child
      else this.#right[parent] = child
      child = this.#split(this.#skew(parent))
    }
    return child
  }

  contains(root: number, ts: number): boolean {
    for (let at = root; at !== NONE;) {
      const now = f64(this.#ts, at)
      if (now === ts) return true
      at = ts < now ? i32(this.#left, at) : i32(this.#right, at)
    }
    return false
  }

  oldest(root: number): number {
    let oldest = root
    for (let at = root; at !== NONE; at = i32(this.#left, at)) oldest = at
    return oldest
  }

  /** Rows with `fromMs` ≤ ts < `toMs` by ts, equal ones by arrival. */
  between(root: number, fromMs: number, toMs: number): readonly number[] {
    const found: number[] = []
    const path: number[] = []
    let at = root
    for (;;) {
      while (at !== NONE) {
        if (f64(this.#ts, at) < fromMs) at = i32(this.#right, at)
        else {
          path.push(at)
          at = i32(this.#left, at)
        }
      }
      const next = path.pop()
      if (next === undefined || f64(this.#ts, next) >= toMs) return found
      found.push(next)
      at = i32(this.#right, next)
    }
  }

  #isBefore(ts: number, row: number): boolean {
    return ts < f64(this.#ts, row)
  }

  /** No left child stays on its parent's level. */
  #skew(row: number): number {
    const left = i32(this.#left, row)
    if (left === NONE || u8(this.#level, left) !== u8(this.#level, row)) return row
    this.#left[row] = i32(this.#right, left)
    this.#right[left] = row
    return left
  }

  /** No two right children in a row stay on their parent's level. */
  #split(row: number): number {
    const right = i32(this.#right, row)
    const next = right === NONE ? NONE : i32(this.#right, right)
    if (next === NONE || u8(this.#level, next) !== u8(this.#level, row)) return row
    this.#right[row] = i32(this.#left, right)
    this.#left[right] = row
    this.#level[right] = u8(this.#level, right) + 1
    return right
  }
}
