/** What a schedule has to do at an instant: pure. */
import { isAhead } from '../platform/kit/ahead.ts'
import type { Schedule } from './schedule.ts'
import { nextEdges, openingsBetween } from './window.ts'

export interface Planned {
  readonly edge: 'start' | 'end'
  readonly plannedMs: number
  /** Missed: it is over and was never begun. */
  readonly kind: 'fire' | 'missed'
  /** Until when it makes sense: the end of the opening, for a start. */
  readonly untilMs: number | undefined
}

export interface Plan {
  readonly firings: readonly Planned[]
  /** What the schedule is when they are done. */
  readonly next: Progress & { readonly dueAtMs: number | null }
}

type Progress = Pick<Schedule, 'countsFromMs' | 'firedUpToMs' | 'openSinceMs' | 'round'>
const progressOf = ({ countsFromMs, firedUpToMs, openSinceMs, round }: Schedule): Progress => ({
  countsFromMs,
  firedUpToMs,
  openSinceMs,
  round,
})

/** A clock that is set back by less has edges happen once all the same; by more, it was ahead before, and all begins anew. */
export const setBackMs = 24 * 3_600_000

/** What was slept through for longer is not even recorded as missed. */
const rememberMs = 31 * 24 * 3_600_000

/**
 * The edges since those that were dealt with. A start whose opening is not over is caught up, and so is the end of one that
 * was begun; an opening that was slept through as a whole is missed.
 */
export function planOf(schedule: Schedule, nowMs: number): Plan {
  if (!schedule.isActive) return closed(schedule, nowMs)
  const untilMs = dealtWithUntil(schedule, nowMs)
  // What was dealt with by a clock that was ahead does not happen again.
  if (untilMs > nowMs) return waiting(schedule)
  if (untilMs < schedule.firedUpToMs) return planOf(begunAt(schedule, nowMs), nowMs)
  const sinceMs = Math.max(untilMs, nowMs - rememberMs)
  const firings: Planned[] = []
  let { openSinceMs } = schedule
  const openings = openingsBetween(schedule, sinceMs, nowMs + 1)
    .filter(({ endMs }) => endMs > schedule.countsFromMs)
    .map(({ endMs, startMs }) => ({ startMs: Math.max(startMs, schedule.countsFromMs), endMs }))
  for (const { endMs, startMs } of openings) {
    if (startMs > sinceMs && startMs <= nowMs) {
      const isOver = endMs <= nowMs
      const kind = isOver ? 'missed' : 'fire'
      firings.push({ edge: 'start', plannedMs: startMs, kind, untilMs: endMs })
      if (!isOver) openSinceMs = startMs
    }
    if (endMs > sinceMs && endMs <= nowMs) {
      const kind = openSinceMs === null ? 'missed' : 'fire'
      firings.push({ edge: 'end', plannedMs: endMs, kind, untilMs: undefined })
      openSinceMs = null
    }
  }
  if (openSinceMs !== null && !openings.some(({ endMs }) => endMs > nowMs)) {
    // Begun by what it was before it was changed.
    firings.push({ edge: 'end', plannedMs: nowMs, kind: 'fire', untilMs: undefined })
    openSinceMs = null
  }
  const [soonest] = nextEdges(schedule, nowMs, 1)
  const done = { firedUpToMs: nowMs, openSinceMs, dueAtMs: soonest?.atMs ?? null }
  return { firings, next: { ...progressOf(schedule), ...done } }
}

/** Later than now where the clock was set back a little; what lies further ahead cannot be true. */
const dealtWithUntil = ({ firedUpToMs }: Schedule, nowMs: number): number =>
  isAhead(firedUpToMs, nowMs, setBackMs) ? nowMs : firedUpToMs

function waiting(schedule: Schedule): Plan {
  const [soonest] = nextEdges(schedule, schedule.firedUpToMs, 1)
  return { firings: [], next: { ...progressOf(schedule), dueAtMs: soonest?.atMs ?? null } }
}

/**
 * One that is made, enabled or changed: what covers this moment starts at once, and nothing before counts. What is open goes
 * on if it still is by then, or by the later time up to which it was dealt with before the clock was set back.
 */
export function begunAt(schedule: Schedule, nowMs: number): Schedule {
  const isOpenAt = (ms: number): boolean => openingsBetween(schedule, ms, ms + 1).length > 0
  const round = schedule.round + 1
  const latestMs = Math.max(dealtWithUntil(schedule, nowMs), nowMs)
  const begunMs = schedule.openSinceMs === null ? undefined : [latestMs, nowMs].find((ms) => isOpenAt(ms))
  return begunMs === undefined
    ? { ...schedule, round, countsFromMs: nowMs, firedUpToMs: isOpenAt(nowMs) ? nowMs - 1 : nowMs }
    : { ...schedule, round, countsFromMs: Math.min(schedule.countsFromMs, begunMs), firedUpToMs: begunMs }
}

/** Ends what it has begun, now: it is switched off, goes away, or is not open at this time any more. */
function closed(schedule: Schedule, nowMs: number): Plan {
  const firings: readonly Planned[] =
    schedule.openSinceMs === null ? [] : [{ edge: 'end', plannedMs: nowMs, kind: 'fire', untilMs: undefined }]
  return {
    firings,
    next: { ...progressOf(schedule), firedUpToMs: nowMs, openSinceMs: null, dueAtMs: null },
  }
}
