import { describe, expect, test } from 'vitest'
import { begunAt, planOf } from './plan.ts'
import type { Schedule } from './schedule.ts'

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
    expect(planOf(schedule(), at('2026-01-05T08:00Z')).next).toEqual({
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
