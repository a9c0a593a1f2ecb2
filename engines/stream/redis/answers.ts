/** What scripts and commands answer, checked: a wrong shape is a server that is none, or another version of ours. */

export function listOf(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer)) throw new TypeError(`Redis answered ${typeof answer} where a list was due`)
  return answer
}

export function numberOf(answer: unknown): number {
  const number = typeof answer === 'number' ? answer : Number(textOf(answer))
  if (!Number.isFinite(number)) throw new TypeError('Redis answered no number where one was due')
  return number
}

export function textOf(answer: unknown): string {
  if (typeof answer === 'string') return answer
  if (Buffer.isBuffer(answer)) return answer.toString('utf8')
  if (typeof answer === 'number') return String(answer)
  throw new TypeError(`Redis answered ${typeof answer} where a text was due`)
}

export function bytesOf(answer: unknown): Buffer {
  if (!Buffer.isBuffer(answer)) throw new TypeError(`Redis answered ${typeof answer} where bytes were due`)
  return answer
}

/** `a 1 b 2` as pairs. */
export function pairsOf(answer: unknown): readonly (readonly [unknown, unknown])[] {
  const list = listOf(answer)
  return Array.from({ length: list.length / 2 }, (_, at) => [list[at * 2], list[at * 2 + 1]] as const)
}
