import { leastHeight, leastWidth } from './node-box.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** Between the ends of a curve, enough for one every few px of any wire on a tab. */
const pointsPerCurve = 64
const portPitch = 13
/** A way back between nodes of one row dips below them, and below the line under a node. */
const dip = 35

/** Where a wire leaves: the outputs of a node are spread over its right edge. */
export function outputPoint(right: number, middle: number, output: number, outputs: number): Point {
  return { x: right, y: middle + (output - (outputs - 1) / 2) * portPitch }
}

/** Points along a wire as the editor draws it (`generateLinkPath` in its `view.js`). */
export function wirePath(from: Point, to: Point): readonly Point[] {
  const dx = to.x - from.x
  const dy = to.y - from.y
  if (dx > 0) return forwards(from, to, Math.hypot(dx, dy))
  return Math.abs(dy) < 10 ? aroundBelow(from, to) : backwards(from, to)
}

function forwards(from: Point, to: Point, distance: number): readonly Point[] {
  const scale = distance < leastWidth ? 0.75 - 0.75 * ((leastWidth - distance) / leastWidth) : 0.75
  const reach = leastWidth * scale
  return curve(from, { x: from.x + reach, y: from.y }, { x: to.x - reach, y: to.y }, to)
}

function aroundBelow(from: Point, to: Point): readonly Point[] {
  const bottom = Math.max(from.y, to.y) + dip
  const turn = 25
  return [
    from,
    { x: from.x + turn, y: from.y + 5 },
    { x: from.x + turn, y: bottom - 5 },
    ...line({ x: from.x, y: bottom }, { x: to.x, y: bottom }),
    { x: to.x - turn, y: bottom - 5 },
    { x: to.x - turn, y: to.y + 5 },
    to,
  ]
}

/**
 * Out to the right, across the middle between both rows, and in from the left. As in the editor, where each piece goes
 * on as the one before it ended.
 */
function backwards(from: Point, to: Point): readonly Point[] {
  const dx = to.x - from.x
  const dy = to.y - from.y
  const sign = Math.sign(dy)
  const missing = Math.max(0, leastWidth - Math.min(Math.abs(dx), Math.abs(dy)))
  const reach = leastWidth * (0.4 - 0.2 * (missing / leastWidth))
  const turn = leastHeight / 2
  const middle = { x: Math.floor(to.x - dx / 2), y: Math.floor(to.y - dy / 2) }
  const quarter = (to.y + middle.y) / 2
  const first = { x: from.x + reach, y: nearer(sign, quarter - dy / 2, from.y + sign * turn) }
  const last = { x: to.x - reach, y: farther(sign, quarter, to.y - sign * turn) }
  const isSteep = nearer(sign, middle.y, first.y + sign * turn) === first.y + sign * turn
  const isShort = isSteep && Math.abs(dy) < turn * 10
  const halfway = (from.x + first.x) / 2
  const intoFirst = {
    x: first.x,
    y: isShort ? first.y - (sign * turn) / 2 : farther(sign, from.y, first.y - sign * turn),
  }
  const intoMiddle = {
    x: isSteep ? first.x : halfway,
    y: nearer(sign, middle.y, first.y + sign * turn),
  }
  const intoLast = {
    x: last.x,
    y: isShort ? last.y - (sign * turn) / 2 : farther(sign, middle.y, last.y - sign * turn),
  }
  return [
    ...curve(from, { x: halfway, y: from.y }, intoFirst, first),
    ...curve(first, mirrored(intoFirst, first), intoMiddle, middle),
    ...curve(middle, mirrored(intoMiddle, middle), intoLast, last),
    ...curve(last, mirrored(intoLast, last), { x: (to.x + last.x) / 2, y: to.y }, to),
  ]
}

/** Which of both comes first on the way down (1) or up (-1). */
const nearer = (sign: number, a: number, b: number): number => (sign > 0 ? Math.min(a, b) : Math.max(a, b))
const farther = (sign: number, a: number, b: number): number => (sign > 0 ? Math.max(a, b) : Math.min(a, b))

const mirrored = (point: Point, at: Point): Point => ({ x: 2 * at.x - point.x, y: 2 * at.y - point.y })

function curve(from: Point, out: Point, into: Point, to: Point): readonly Point[] {
  return Array.from({ length: pointsPerCurve + 1 }, (_, index) => {
    const t = index / pointsPerCurve
    const u = 1 - t
    const at = (a: number, b: number, c: number, d: number): number =>
      u ** 3 * a + 3 * u * u * t * b + 3 * u * t * t * c + t ** 3 * d
    return { x: at(from.x, out.x, into.x, to.x), y: at(from.y, out.y, into.y, to.y) }
  })
}

function line(from: Point, to: Point): readonly Point[] {
  return Array.from({ length: pointsPerCurve + 1 }, (_, index) => {
    const t = index / pointsPerCurve
    return { x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t }
  })
}
