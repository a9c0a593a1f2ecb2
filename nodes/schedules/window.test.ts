import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isNamedZone } from '../platform/kit/zone.ts'
import { nextEdges, openingsBetween, overlap, type WeeklyWindow, weekdays } from './window.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (ms: number): string => new Date(ms).toISOString().replace(':00.000Z', 'Z')
const window = (changes: Partial<WeeklyWindow> = {}): WeeklyWindow => ({
  days: [...weekdays],
  startTime: '08:00',
  endTime: '18:00',
  timeZone: 'Europe/Rome',
  ...changes,
})
const openings = (of: WeeklyWindow, from: string, to: string): readonly string[] =>
  openingsBetween(of, at(from), at(to)).map(({ endMs, startMs }) => `${iso(startMs)} ${iso(endMs)}`)

describe('a window', () => {
  test('is open on its days, by the clock of its zone', () => {
    expect(openings(window({ days: ['mon', 'wed'] }), '2026-01-05T00:00Z', '2026-01-12T00:00Z')).toEqual([
      '2026-01-05T07:00Z 2026-01-05T17:00Z',
      '2026-01-07T07:00Z 2026-01-07T17:00Z',
    ])
  })

  test('over midnight ends the next day, also when only its end is asked about', () => {
    const night = window({ days: ['sun'], startTime: '22:00', endTime: '06:00' })
    expect(openings(night, '2026-01-05T00:00Z', '2026-01-05T01:00Z')).toEqual([
      '2026-01-04T21:00Z 2026-01-05T05:00Z',
    ])
  })

  test('that begins and ends at one time is open for a day', () => {
    const whole = window({ days: ['mon'], startTime: '08:00', endTime: '08:00' })
    expect(openings(whole, '2026-01-05T00:00Z', '2026-01-06T00:00Z')).toEqual([
      '2026-01-05T07:00Z 2026-01-06T07:00Z',
    ])
  })

  // Rome, 29 March 2026: at 02:00 the clocks go to 03:00; 25 October 2026: at 03:00 back to 02:00.
  test.each([
    [
      'a start in the gap is at the first minute after it',
      '02:30',
      '05:00',
      '2026-03-29',
      '01:00Z',
      '03:00Z',
    ],
    ['an end in the gap too', '01:00', '02:30', '2026-03-29', '00:00Z', '01:00Z'],
    [
      'of a minute that comes twice the first counts, as a start',
      '02:30',
      '05:00',
      '2026-10-25',
      '00:30Z',
      '04:00Z',
    ],
    ['and as an end', '01:00', '02:30', '2026-10-25', '23:00Z', '00:30Z'],
  ])('%s', (_, startTime, endTime, date, start, end) => {
    const [opening = ''] = openings(window({ startTime, endTime }), `${date}T00:00Z`, `${date}T02:00Z`)
    expect(opening.split(' ').map((text) => text.slice(11))).toEqual([start, end])
  })

  test('that lies in the gap is not open that day', () => {
    const lost = window({ startTime: '02:10', endTime: '02:50' })
    expect(openings(lost, '2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-30T00:10Z 2026-03-30T00:50Z',
    ])
  })

  // Lord Howe moves its clocks by half an hour: on 4 October 2026 from 02:00 to 02:30.
  test('knows zones that change by half an hour', () => {
    const howe = window({ timeZone: 'Australia/Lord_Howe', startTime: '02:15', endTime: '04:00' })
    expect(openings(howe, '2026-10-03T12:00Z', '2026-10-04T00:00Z')).toEqual([
      '2026-10-03T15:30Z 2026-10-03T17:00Z',
    ])
  })
})

test('the next edges come in order, the end of what is open now first', () => {
  const edges = nextEdges(window({ days: ['mon', 'fri'] }), at('2026-01-05T10:00Z'), 4)
  expect(edges.map(({ atMs, edge }) => `${edge} ${iso(atMs)}`)).toEqual([
    'end 2026-01-05T17:00Z',
    'start 2026-01-09T07:00Z',
    'end 2026-01-09T17:00Z',
    'start 2026-01-12T07:00Z',
  ])
})

test.each([
  [window(), window({ startTime: '17:59', endTime: '19:00' }), true],
  [window(), window({ startTime: '18:00', endTime: '19:00' }), false],
  [window({ days: ['mon'] }), window({ days: ['tue'] }), false],
  [
    window({ days: ['mon'], startTime: '22:00', endTime: '06:00' }),
    window({ days: ['tue'], startTime: '05:00' }),
    true,
  ],
  [window({ endTime: '12:00' }), window({ startTime: '11:30', timeZone: 'Europe/London' }), false],
  [window({ endTime: '12:00' }), window({ startTime: '10:30', timeZone: 'Europe/London' }), true],
  // New York is five hours behind Rome but for a few weeks, when it is four.
  [
    window({ endTime: '18:00' }),
    window({ startTime: '12:30', endTime: '13:00', timeZone: 'America/New_York' }),
    true,
  ],
])('%j and %j overlap: %s', (one, other, expected) => {
  expect(overlap(one, other, at('2026-01-01T00:00Z'))).toBe(expected)
  expect(overlap(other, one, at('2026-01-01T00:00Z'))).toBe(expected)
})

test.each(['Europe/Rome', 'UTC', 'America/Sao_Paulo'])('%s is a zone', (zone) => {
  expect(isNamedZone(zone)).toBe(true)
})
test.each(['', 'Mars/Olympus', '+01:00', 'Europe'])('%s is none', (zone) => {
  expect(isNamedZone(zone)).toBe(false)
})

test('whatever the window and the span: openings are in order, apart, and the same however they are asked for', () => {
  const time = fc
    .tuple(fc.nat(23), fc.nat(59))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)
  const any = fc.record({
    days: fc.subarray([...weekdays], { minLength: 1 }),
    startTime: time,
    endTime: time,
    timeZone: fc.constantFrom(
      'Europe/Rome',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
      'Africa/Casablanca',
      'UTC',
    ),
  })
  const day = 86_400_000
  fc.assert(
    fc.property(any, fc.integer({ min: 0, max: 700 }), (weekly, offset) => {
      const fromMs = at('2025-06-01T00:00Z') + offset * day
      const whole = openingsBetween(weekly, fromMs, fromMs + 20 * day)
      for (const [index, { endMs, startMs }] of whole.entries()) {
        expect(endMs).toBeGreaterThan(startMs)
        expect(startMs).toBeGreaterThanOrEqual(whole[index - 1]?.endMs ?? 0)
      }
      const inParts = Array.from({ length: 20 }, (_, n) =>
        openingsBetween(weekly, fromMs + n * day, fromMs + (n + 1) * day),
      ).flat()
      expect([...new Set(inParts.map(({ startMs }) => startMs))]).toEqual(whole.map(({ startMs }) => startMs))
      const edges = nextEdges(weekly, fromMs, 6).map(({ atMs }) => atMs)
      expect(edges).toEqual([...edges].sort((a, b) => a - b))
    }),
    { numRuns: 150 },
  )
})
