import * as fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import { gridOf } from './bucket-grid.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const bucketAt = (timeZone: string, instant: string): readonly [string, number] => {
  const grid = gridOf({ width: '1d', timeZone })
  const start = grid.startOf(Date.parse(instant))
  return [new Date(start).toISOString(), (grid.endOf(start) - start) / hourMs]
}

describe('a day of a zone', () => {
  test.each([
    ['Europe/Rome', '2026-03-28T23:30Z', '2026-03-28T23:00:00.000Z', 23],
    ['Europe/Rome', '2026-03-28T22:59Z', '2026-03-27T23:00:00.000Z', 24],
    ['Europe/Rome', '2026-10-25T12:00Z', '2026-10-24T22:00:00.000Z', 25],
    ['Europe/Rome', '2026-10-25T23:00Z', '2026-10-25T23:00:00.000Z', 24],
    ['Australia/Lord_Howe', '2026-04-05T03:00Z', '2026-04-04T13:00:00.000Z', 24.5],
    ['Asia/Kolkata', '2026-04-05T18:29Z', '2026-04-04T18:30:00.000Z', 24],
    // Midnight there is not, twice, and just before clocks show yesterday again.
    ['America/Sao_Paulo', '2018-11-04T03:00Z', '2018-11-04T03:00:00.000Z', 23],
    ['America/Havana', '2026-11-01T05:30Z', '2026-11-01T04:00:00.000Z', 25],
    ['America/St_Johns', '2010-11-07T02:40Z', '2010-11-07T02:30:00.000Z', 25],
    // The 30th was left out.
    ['Pacific/Apia', '2011-12-30T09:59Z', '2011-12-29T10:00:00.000Z', 24],
    ['Pacific/Apia', '2011-12-30T10:00Z', '2011-12-30T10:00:00.000Z', 24],
  ])('in %s, at %s, begins %s and has %d hours', (timeZone, instant, start, hours) => {
    expect(bucketAt(timeZone, instant)).toEqual([start, hours])
  })

  const zones = fc.constantFrom(
    'Europe/Rome',
    'America/Sao_Paulo',
    'America/Havana',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'UTC',
  )
  const minutes = fc.integer({ min: Date.UTC(1975, 0) / 60_000, max: Date.UTC(2040, 0) / 60_000 })

  test('is the one that its calendar has', () => {
    fc.assert(
      fc.property(zones, minutes, (timeZone, minute) => {
        const ts = minute * 60_000
        const zoned = Temporal.Instant.fromEpochMilliseconds(ts).toZonedDateTimeISO(timeZone)
        expect(gridOf({ width: '1d', timeZone }).startOf(ts)).toBe(zoned.startOfDay().epochMilliseconds)
      }),
    )
  })

  test.each(['1m', '5m', '1h', '1d'] as const)(
    'and every other bucket (%s) holds what lies in it',
    (width) => {
      fc.assert(
        fc.property(zones, minutes, (timeZone, minute) => {
          const grid = gridOf({ width, timeZone })
          const ts = minute * 60_000
          const start = grid.startOf(ts)
          const end = grid.endOf(start)
          expect([start <= ts, ts < end]).toEqual([true, true])
          expect([grid.startOf(start), grid.startOf(end - 1), grid.startOf(end)]).toEqual([start, start, end])
        }),
      )
    },
  )

  test('is made of whole hours, minutes or days of UTC', () => {
    const partMs = (
      timeZone: string | undefined,
      day: string,
      width: '1d' | '1h' = '1d',
    ): number | undefined => {
      const from = Date.parse(day)
      return gridOf({ width, ...(timeZone === undefined ? {} : { timeZone }) }).partMs(from, from + dayMs)
    }
    expect(partMs(undefined, '2026-01-01')).toBe(dayMs)
    expect(partMs('UTC', '2026-01-01')).toBe(dayMs)
    expect(partMs('Europe/Rome', '2026-10-25')).toBe(hourMs)
    expect(partMs('Asia/Kolkata', '2026-10-25')).toBe(60_000)
    expect(partMs('Asia/Kolkata', '2026-10-25', '1h')).toBe(60_000)
    expect(partMs('Europe/Rome', '2026-10-25', '1h')).toBe(hourMs)
    expect(partMs('Australia/Lord_Howe', '2026-04-04', '1h')).toBeUndefined()
    expect(partMs('Africa/Monrovia', '1960-01-01')).toBeUndefined()
  })
})

test('Hours of a zone are its own', () => {
  const grid = gridOf({ width: '1h', timeZone: 'Asia/Kathmandu' })
  expect(grid.startOf(Date.UTC(2026, 0, 1, 12, 20))).toBe(Date.UTC(2026, 0, 1, 12, 15))
})
