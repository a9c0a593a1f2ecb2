import { expect, test } from 'vitest'
import { daysFrom, endsFrom, startsOf } from './days.ts'

const at = (hour: number): string => `2026-03-02T${String(hour).padStart(2, '0')}:00:00.000Z`
const slots = (hours: readonly [number, boolean][]) =>
  hours.map(([hour, isFree]) => ({ start: at(hour), end: at(hour + 1), isFree }))

test('days begin with today there, and none is left out where clocks change', () => {
  const lateSaturday = Date.parse('2026-03-28T23:30:00Z')
  expect(daysFrom(lateSaturday, 'Europe/Rome', 3)).toEqual(['2026-03-29', '2026-03-30', '2026-03-31'])
  expect(daysFrom(lateSaturday, 'America/Sao_Paulo', 2)).toEqual(['2026-03-28', '2026-03-29'])
})

test('a stay goes on over free slots only, up to the longest, and not over a pause', () => {
  const day = slots([
    [8, true],
    [9, true],
    [10, false],
    [11, true],
    [13, true],
  ])
  const stay = { minSlots: 1, maxSlots: 4 }
  expect(endsFrom(day, at(8), stay)).toEqual([at(9), at(10)])
  expect(endsFrom(day, at(8), { minSlots: 1, maxSlots: 1 })).toEqual([at(9)])
  expect(endsFrom(day, at(11), stay)).toEqual([at(12)])
  expect(endsFrom(day, at(10), stay)).toEqual([])
  expect(endsFrom(day, at(7), stay)).toEqual([])
})

test('where the shortest stay does not fit, none begins', () => {
  const day = slots([
    [8, true],
    [9, true],
    [10, false],
    [11, true],
  ])
  expect(startsOf(day, { minSlots: 2, maxSlots: 4 }).map(({ start }) => start)).toEqual([at(8)])
})
