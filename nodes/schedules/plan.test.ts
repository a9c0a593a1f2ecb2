import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { begunAt, planOf } from './plan.ts'
import type { Schedule } from './schedule.ts'
import { openingsBetween, weekdays } from './window.ts'

const at = (iso: string): number => Date.parse(iso)
const schedule = (changes: Partial<Schedule> = {}): Schedule => ({
  id: 's1',
  deviceId: 'd1',
  days: ['mon', 'tue'],
  startTime: '08:00',
  endTime: '10:00',
  timeZone: 'UTC',
  start: [{ action: 'turnOn' }],
  end: [{ action: 'turnOff' }],
  isActive: true,
  createdAtMs: 0,
  lastExecutedMs: null,
  countsFromMs: 0,
  firedUpToMs: at('2026-01-05T07:00Z'),
  openSinceMs: null,
  round: 0,
  ...changes,
})
const planned = (of: Schedule, iso: string): readonly string[] =>
  planOf(of, at(iso)).firings.map(
    ({ edge, kind, plannedMs }) => `${kind} ${edge} ${new Date(plannedMs).toISOString().slice(8, 16)}`,
  )
const open = { firedUpToMs: at('2026-01-05T08:00Z'), openSinceMs: at('2026-01-05T08:00Z') }

describe('a schedule', () => {
  test('fires its start when it is due, and is due next at the end', () => {
    expect(planned(schedule(), '2026-01-05T08:00Z')).toEqual(['fire start 05T08:00'])
    expect(planOf(schedule(), at('2026-01-05T08:00Z')).next).toMatchObject({
      ...open,
      dueAtMs: at('2026-01-05T10:00Z'),
    })
  })

  test('fires nothing twice', () => {
    expect(planned(schedule(open), '2026-01-05T08:00Z')).toEqual([])
    expect(planned(schedule(open), '2026-01-05T09:59Z')).toEqual([])
  })

  test('catches up a start while its window is open', () => {
    expect(planned(schedule(), '2026-01-05T09:30Z')).toEqual(['fire start 05T08:00'])
  })

  test('catches up the end of what it has begun, however late', () => {
    expect(planned(schedule(open), '2026-01-05T23:00Z')).toEqual(['fire end 05T10:00'])
  })

  test('records what was slept through as missed', () => {
    expect(planned(schedule(), '2026-01-05T23:00Z')).toEqual(['missed start 05T08:00', 'missed end 05T10:00'])
    expect(planned(schedule(open), '2026-01-06T09:00Z')).toEqual(['fire end 05T10:00', 'fire start 06T08:00'])
  })

  test('that is made in the middle of its window starts at once, and not before', () => {
    const made = begunAt(schedule({ firedUpToMs: 0 }), at('2026-01-05T09:00Z'))
    expect(planned(made, '2026-01-05T09:00Z')).toEqual(['fire start 05T09:00'])
    const early = begunAt(schedule({ firedUpToMs: 0 }), at('2026-01-05T07:00Z'))
    expect(planned(early, '2026-01-05T07:00Z')).toEqual([])
  })

  test('that is switched off ends what it has begun', () => {
    expect(planned(schedule({ ...open, isActive: false }), '2026-01-05T09:00Z')).toEqual([
      'fire end 05T09:00',
    ])
    expect(planned(schedule({ isActive: false }), '2026-01-05T09:00Z')).toEqual([])
  })

  test('that is changed while it is open goes on, if it is still open then', () => {
    const longer = begunAt(schedule({ ...open, endTime: '12:00' }), at('2026-01-05T09:00Z'))
    expect(planned(longer, '2026-01-05T09:00Z')).toEqual([])
    expect(planned(longer, '2026-01-05T12:00Z')).toEqual(['fire end 05T12:00'])
  })

  test('that is changed so that it is not open any more ends', () => {
    const earlier = begunAt(schedule({ ...open, endTime: '08:30' }), at('2026-01-05T09:00Z'))
    expect(planned(earlier, '2026-01-05T09:00Z')).toEqual(['fire end 05T09:00'])
  })
})

describe('a clock that is set back', () => {
  test('neither ends a window nor has it begin again', () => {
    expect(planned(schedule(open), '2026-01-05T07:30Z')).toEqual([])
    const back = schedule({ ...open, ...planOf(schedule(open), at('2026-01-05T07:30Z')).next })
    expect(planned(back, '2026-01-05T08:00Z')).toEqual([])
    expect(planned(back, '2026-01-05T10:00Z')).toEqual(['fire end 05T10:00'])
  })

  test('after days on which it was ahead has everything begin anew', () => {
    const ahead = schedule({ firedUpToMs: at('2027-01-05T08:00Z'), openSinceMs: at('2027-01-05T08:00Z') })
    expect(planned(ahead, '2026-01-05T07:00Z')).toEqual(['fire end 05T07:00'])
    const healed = schedule({ ...ahead, ...planOf(ahead, at('2026-01-05T07:00Z')).next })
    expect(planned(healed, '2026-01-05T08:00Z')).toEqual(['fire start 05T08:00'])
  })

  test('and forward, at random: each edge is dealt with once, and none is forgotten', () => {
    const seed = Number(process.env['SEED'] ?? 20_260_301)
    const jump = fc.record({ isBack: fc.boolean(), minutes: fc.integer({ min: 1, max: 700 }) })
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 25 }), (jumps) => {
        const startMs = at('2026-01-05T07:00Z')
        let state = schedule({ days: [...weekdays] })
        let nowMs = startMs
        let latestMs = startMs
        const edges: string[] = []
        const look = (): void => {
          const { firings, next } = planOf(state, nowMs)
          edges.push(...firings.map(({ edge, plannedMs }) => `${edge} ${plannedMs}`))
          state = { ...state, ...next }
        }
        for (const { isBack, minutes } of [...jumps, { isBack: false, minutes: 3 * 1440 }]) {
          // So far that it does not count as one that was ahead for days.
          const leastMs = latestMs - 23 * 3_600_000
          nowMs = isBack ? Math.max(nowMs - minutes * 60_000, leastMs) : nowMs + minutes * 60_000
          latestMs = Math.max(latestMs, nowMs)
          look()
        }
        const due: string[] = []
        for (let day = at('2026-01-05T00:00Z'); day <= latestMs; day += 24 * 3_600_000)
          for (const { atMs, edge } of [
            { edge: 'start', atMs: day + 8 * 3_600_000 },
            { edge: 'end', atMs: day + 10 * 3_600_000 },
          ])
            if (atMs <= state.firedUpToMs) due.push(`${edge} ${atMs}`)
        expect(edges.toSorted()).toEqual(due.toSorted())
      }),
      { numRuns: 60, seed },
    )
  })

  test('that finds an open window open still when it is changed', () => {
    const changed = begunAt(schedule({ ...open, endTime: '11:00' }), at('2026-01-05T07:30Z'))
    expect(planned(changed, '2026-01-05T07:30Z')).toEqual([])
    expect(planned(changed, '2026-01-05T11:00Z')).toEqual(['fire end 05T11:00'])
  })

  test('that finds none open any more when it is changed ends it, and has it begin as another', () => {
    const changed = begunAt(schedule({ ...open, startTime: '08:30' }), at('2026-01-05T07:30Z'))
    expect(planned(changed, '2026-01-05T07:30Z')).toEqual(['fire end 05T07:30'])
    const closed = { ...changed, ...planOf(changed, at('2026-01-05T07:30Z')).next }
    expect(planned(closed, '2026-01-05T08:30Z')).toEqual(['fire start 05T08:30'])
    expect(closed.round).toBeGreaterThan(schedule().round)
  })

  test('amid changes, at random: no firing is another again, and what is open by now has been begun', () => {
    const seed = Number(process.env['SEED'] ?? 20_260_302)
    const time = fc.constantFrom('06:00', '08:00', '09:30', '12:00', '22:00')
    const step = fc.oneof(
      fc.record({ byMinutes: fc.integer({ min: -3000, max: 3000 }) }),
      fc.record({ startTime: time, endTime: time, isActive: fc.boolean() }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let nowMs = at('2026-01-05T07:00Z')
        let state = schedule({ days: [...weekdays] })
        const ids: string[] = []
        const fired: string[] = []
        for (const taken of steps) {
          if ('byMinutes' in taken) nowMs += taken.byMinutes * 60_000
          else state = begunAt({ ...state, ...taken }, nowMs)
          const { firings, next } = planOf(state, nowMs)
          state = { ...state, ...next }
          ids.push(...firings.map(({ edge, plannedMs }) => `${edge} ${plannedMs} ${next.round}`))
          fired.push(...firings.flatMap(({ edge, kind }) => (kind === 'fire' ? edge : [])))
          const isOpen = state.isActive && openingsBetween(state, nowMs, nowMs + 1).length > 0
          // What was open before the clock was set back stays so until it is where it was.
          const isSetBack = state.firedUpToMs > nowMs
          expect(isSetBack || (state.openSinceMs !== null) === isOpen).toBe(true)
        }
        expect(ids).toHaveLength(new Set(ids).size)
        expect(fired).toEqual(fired.map((_, n) => (n % 2 === 0 ? 'start' : 'end')))
      }),
      { numRuns: 300, seed },
    )
  })
})
