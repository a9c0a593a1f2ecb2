/** Repeatable random numbers (mulberry32): the seed is printed, and `SEED=n` repeats a run. */
export interface Random {
  readonly seed: number
  /** In [0, 1). */
  next(): number
  /** A whole number from `from` up to and with `to`. */
  between(from: number, to: number): number
  pick<T>(items: readonly [T, ...T[]]): T
  bytes(length: number): Buffer
}

export function seededRandom(what: string): Random {
  const given = process.env['SEED']
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given)
  process.stdout.write(`${what}: SEED=${seed}\n`)
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  return {
    seed,
    next,
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    bytes: (length) => Buffer.from(Array.from({ length }, () => between(0, 255))),
  }
}
