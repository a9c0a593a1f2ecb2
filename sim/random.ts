/** A source of numbers in [0, 1). */
export type Random = () => number

/**
 * A seeded source: the same seed gives the same numbers, so that every run can be repeated.
 * mulberry32 over an FNV-1a hash of the seed; good enough for weather, not for secrets.
 */
export function createRandom(seed: string): Random {
  let state = hash(seed)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** True with the given chance. Draws nothing when the chance is 0, so that an unused fault changes no other number. */
export function happens(chance: number, random: Random): boolean {
  return chance > 0 && random() < chance
}

export function between(min: number, max: number, random: Random): number {
  return min + (max - min) * random()
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  }
  return value
}
