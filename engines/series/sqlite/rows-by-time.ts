/**
 * Finds the rows of a tail by series and time. Rows that come in order of time, which nearly all do, are chained: that
 * costs an append next to nothing. Whoever looks something up gives the chain jumps first (Myers, "An applicative
 * random-access stack", 1983), once for each row, so that it is searched in log time. Rows that come late go into a tree.
 */
import { f64, i32 } from './element.ts'
import { LateRows } from './late-rows.ts'

const NONE = -1

export class RowsByTime {
  readonly #ts: Float64Array
  readonly #capacity: number
  /** The row before it in its chain. */
  readonly #previous: Int32Array
  /** A row further back in its chain; valid where there is a depth. */
  readonly #jump: Int32Array
  /** Length of the chain up to the row, 0 where there is no jump yet. */
  readonly #depth: Int32Array
  /** By series: the newest row of the chain, the root of the tree. */
  #heads = new Int32Array(1024).fill(NONE)
  #roots = new Int32Array(1024).fill(NONE)
  /** Most tails have none. */
  #late: LateRows | undefined

  constructor(ts: Float64Array, capacity: number) {
    this.#ts = ts
    this.#capacity = capacity
    this.#previous = new Int32Array(capacity)
    this.#jump = new Int32Array(capacity)
    this.#depth = new Int32Array(capacity)
  }

  /** `isNewest`: known to be newer than all rows of its series. Rows come in ascending order, their ts written before. */
  add(series: number, row: number, isNewest: boolean): void {
    if (series >= this.#heads.length) this.#grow(series)
    const head = i32(this.#heads, series)
    if (isNewest || head === NONE || f64(this.#ts, row) > f64(this.#ts, head)) {
      this.#previous[row] = head
      this.#heads[series] = row
    } else {
      this.#late ??= new LateRows(this.#ts, this.#capacity)
      this.#roots[series] = this.#late.insert(i32(this.#roots, series), row)
    }
  }

  contains(series: number, ts: number): boolean {
    const row = this.#lastAtMost(series, ts)
    if (row !== NONE && f64(this.#ts, row) === ts) return true
    return this.#late?.contains(this.#rootOf(series), ts) ?? false
  }

  oldest(series: number): number | undefined {
    const head = this.#heads[series] ?? NONE
    if (head === NONE) return undefined
    this.#addJumps(head)
    let first = head
    while (i32(this.#previous, first) !== NONE) first = i32(this.#jump, first)
    const late = this.#late?.oldest(this.#rootOf(series)) ?? NONE
    return late === NONE ? f64(this.#ts, first) : Math.min(f64(this.#ts, first), f64(this.#ts, late))
  }

  /** Rows with `fromMs` ≤ ts < `toMs` by ts; of equal ones the first to arrive comes first. */
  between(series: number, fromMs: number, toMs: number): Int32Array {
    const chained: number[] = []
    // Times are whole numbers.
    let row = this.#lastAtMost(series, Math.ceil(toMs) - 1)
    for (; row !== NONE && f64(this.#ts, row) >= fromMs; row = i32(this.#previous, row)) chained.push(row)
    const late = this.#late?.between(this.#rootOf(series), fromMs, toMs) ?? []
    return this.#merged(chained, late)
  }

  /** Forgets the first `rows` rows, which is all there are. */
  clear(rows: number): void {
    this.#depth.fill(0, 0, rows)
    this.#heads.fill(NONE)
    this.#roots.fill(NONE)
  }

  /** The newest row of the chain that is not after `ts`. */
  #lastAtMost(series: number, ts: number): number {
    let row = this.#heads[series] ?? NONE
    if (row === NONE || f64(this.#ts, row) <= ts) return row
    this.#addJumps(row)
    while (row !== NONE && f64(this.#ts, row) > ts) {
      const jump = i32(this.#jump, row)
      // The first of a chain jumps to itself.
      row = jump !== row && f64(this.#ts, jump) > ts ? jump : i32(this.#previous, row)
    }
    return row
  }

  #addJumps(head: number): void {
    const jumps = this.#jump
    // Rows without a jump have room for the way back to where they begin.
    let next = NONE
    for (let row = head; row !== NONE && i32(this.#depth, row) === 0; row = i32(this.#previous, row)) {
      jumps[row] = next
      next = row
    }
    while (next !== NONE) {
      const after = i32(jumps, next)
      const before = i32(this.#previous, next)
      jumps[next] = before === NONE ? next : this.#jumpFrom(before)
      this.#depth[next] = before === NONE ? 1 : i32(this.#depth, before) + 1
      next = after
    }
  }

  /** Of the row after `row`: over two jumps where they are of the same length, else to `row`. */
  #jumpFrom(row: number): number {
    const once = i32(this.#jump, row)
    const twice = i32(this.#jump, once)
    const middle = i32(this.#depth, once)
    return i32(this.#depth, row) - middle === middle - i32(this.#depth, twice) ? twice : row
  }

  /** `chained` comes newest first. Of equal times the chained row came first: after a late one only newer are chained. */
  #merged(chained: readonly number[], late: readonly number[]): Int32Array {
    const rows = new Int32Array(chained.length + late.length)
    let c = chained.length - 1
    let l = 0
    for (let i = 0; i < rows.length; i++) {
      const row = chained[c]
      const other = late[l]
      if (row === undefined || (other !== undefined && f64(this.#ts, other) < f64(this.#ts, row))) {
        rows[i] = other ?? NONE
        l++
      } else {
        rows[i] = row
        c--
      }
    }
    return rows
  }

  #rootOf(series: number): number {
    return this.#roots[series] ?? NONE
  }

  #grow(series: number): void {
    const capacity = Math.max(series + 1, this.#heads.length * 2)
    const heads = new Int32Array(capacity).fill(NONE)
    heads.set(this.#heads)
    const roots = new Int32Array(capacity).fill(NONE)
    roots.set(this.#roots)
    this.#heads = heads
    this.#roots = roots
  }
}
