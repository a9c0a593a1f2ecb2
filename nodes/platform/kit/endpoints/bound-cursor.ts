import { InvalidCursor } from '../invalid-cursor.ts'

/** What a list's next page needs besides the parameters, which the caller sends again. */
export interface BoundCursor {
  /** Of the port that was asked. */
  readonly inner: string
  /** The period of the first page: without `from` and `to` it would move on with the clock. */
  readonly fromMs: number
  readonly toMs: number
}

/** A cursor that only the same question takes. It finds mistakes out; it keeps no secret. */
export function bindCursor({ inner, fromMs, toMs }: BoundCursor, question: readonly unknown[]): string {
  return [digestOf(question), fromMs, toMs, inner].join('~')
}

/** @throws InvalidCursor when it was not made for this question */
export function openCursor(cursor: string, question: readonly unknown[]): BoundCursor {
  const match = /^([0-9a-f]{8})~(-?\d{1,16})~(-?\d{1,16})~(.*)$/s.exec(cursor)
  if (match === null) throw new InvalidCursor('it was altered or cut')
  const [, digest, from, to, inner = ''] = match
  if (digest !== digestOf(question)) throw new InvalidCursor('it belongs to another query')
  return { inner, fromMs: Number(from), toMs: Number(to) }
}

/** FNV-1a over what tells questions apart. */
function digestOf(question: readonly unknown[]): string {
  let hash = 0x811c9dc5
  for (const unit of JSON.stringify(question)) {
    hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
