import { expect, test } from 'vitest'
import { refundPercent, type Pod } from './pod.ts'
import { countSlots, slotsOfDay } from './slots.ts'

const grid = (changes: Partial<Pod> = {}) => ({
  openingHours: {
    sun: [['00:00', '24:00']],
    mon: [
      ['08:00', '10:15'],
      ['14:00', '15:00'],
    ],
  } as Pod['openingHours'],
  slotMinutes: 30,
  minSlots: 2,
  maxSlots: 4,
  timeZone: 'Europe/Rome',
  ...changes,
})
const starts = (date: string): readonly string[] =>
  slotsOfDay(grid(), date).map(({ startMs }) => new Date(startMs).toISOString().slice(11, 16))
const ms = (text: string): number => Date.parse(text)

test('slots begin when it opens, on the clock of the place, and what is left before closing is none', () => {
  expect(starts('2026-03-02')).toEqual(['07:00', '07:30', '08:00', '08:30', '13:00', '13:30'])
  expect(starts('2026-07-06')).toEqual(['06:00', '06:30', '07:00', '07:30', '12:00', '12:30'])
  expect(starts('2026-03-03')).toEqual([])
})

test('the day on which clocks go forward has two slots fewer, the one on which they go back two more', () => {
  expect(starts('2026-03-29')).toHaveLength(46)
  expect(starts('2026-10-25')).toHaveLength(50)
})

test.each([
  ['2026-03-02T07:00Z', '2026-03-02T08:00Z', 2],
  ['2026-03-02T07:00Z', '2026-03-02T07:30Z', 'too-short'],
  ['2026-03-01T10:00Z', '2026-03-01T13:00Z', 'too-long'],
  ['2026-03-02T07:15Z', '2026-03-02T08:15Z', 'off-grid'],
  ['2026-03-02T08:30Z', '2026-03-02T09:30Z', 'off-grid'],
  ['2026-03-02T08:00Z', '2026-03-02T07:00Z', 'no-stay'],
])('from %s to %s is %s', (start, end, expected) => {
  expect(countSlots(grid(), { startMs: ms(start), endMs: ms(end) })).toBe(expected)
})

test('a stay goes on over midnight where it is open then', () => {
  const open = grid({ openingHours: { sun: [['00:00', '24:00']], mon: [['00:00', '24:00']] } })
  expect(countSlots(open, { startMs: ms('2026-03-01T22:30Z'), endMs: ms('2026-03-01T23:30Z') })).toBe(2)
  expect(countSlots(grid(), { startMs: ms('2026-03-01T22:30Z'), endMs: ms('2026-03-01T23:30Z') })).toBe(
    'off-grid',
  )
})

test.each([
  [25, 100],
  [24, 100],
  [23, 50],
  [1, 50],
  [0.5, 0],
  [-1, 0],
])('%d hours before the start %d percent come back', (hours, percent) => {
  const policy = [
    { beforeMinutes: 60, percent: 50 },
    { beforeMinutes: 1440, percent: 100 },
  ]
  expect(refundPercent(policy, hours * 3_600_000)).toBe(percent)
})
