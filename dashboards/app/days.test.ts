import { expect, test } from 'vitest'
import { daysFrom, endsFrom, laterEnds, priceOf, startsOf, withOwn } from './days.ts'

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

const pod = { id: 'p1', bufferMinutes: 15, slotMinutes: 60, maxSlots: 3, creditsPerSlot: 2 }
const own = { podId: 'p1', start: at(10), end: at(11) }

test('whoever moves a stay has its time and what is kept clear around it, in its own pod', () => {
  const day = slots([8, 9, 10, 11, 12].map((hour) => [hour, false]))
  const free = (id: string) =>
    withOwn(day, own, { ...pod, id }).flatMap(({ isFree, start }) => (isFree ? [start] : []))
  expect(free('p1')).toEqual([at(9), at(10), at(11)])
  expect(free('p2')).toEqual([])
  expect(withOwn(day, undefined, pod)).toBe(day)
})

test('a stay goes on as long as its pod lets it, until somebody else has the time', () => {
  const day = slots([
    [10, false],
    [11, false],
    [12, true],
    [13, true],
  ])
  expect(laterEnds(day, own, pod)).toEqual([at(12), at(13)])
  expect(laterEnds(day, { ...own, end: at(13) }, pod)).toEqual([])
  expect(laterEnds(day, own, { ...pod, bufferMinutes: 0 })).toEqual([])
})

test('a price is that of the slots', () => {
  expect(priceOf(pod, at(10), at(12))).toBe(4)
  expect(priceOf(pod, at(10), '')).toBe(0)
})
