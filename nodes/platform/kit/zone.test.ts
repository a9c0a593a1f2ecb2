import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { zoneNamed } from './zone.ts'

const at = (zone: string, local: string, latest = '2100-01-01T00:00Z'): string =>
  new Date(zoneNamed(zone).epochMs(Date.parse(`${local}Z`), Date.parse(latest))).toISOString()

describe('a local time', () => {
  test.each([
    ['Europe/Rome', '2026-01-15T12:00', '2026-01-15T11:00:00.000Z'],
    ['Europe/Rome', '2026-07-15T12:00', '2026-07-15T10:00:00.000Z'],
    ['America/New_York', '2026-07-15T12:00', '2026-07-15T16:00:00.000Z'],
    ['Asia/Kathmandu', '2026-07-15T12:00', '2026-07-15T06:15:00.000Z'],
    ['Pacific/Kiritimati', '2026-07-15T12:00', '2026-07-14T22:00:00.000Z'],
    ['UTC', '2026-07-15T12:00:01.5', '2026-07-15T12:00:01.500Z'],
    ['Europe/Rome', '2026-03-29T01:59', '2026-03-29T00:59:00.000Z'],
    ['Europe/Rome', '2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Rome', '2026-10-25T01:59', '2026-10-24T23:59:00.000Z'],
    ['Europe/Rome', '2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
  ])('in %s, %s, is %s', (zone, local, expected) => {
    expect(at(zone, local)).toBe(expected)
  })

  test('that there is not when clocks are put forward is one of the hour after', () => {
    expect(at('Europe/Rome', '2026-03-29T02:30')).toBe('2026-03-29T01:30:00.000Z')
  })

  test('that comes twice is the later one, unless that has not been yet', () => {
    expect(at('Europe/Rome', '2026-10-25T02:30')).toBe('2026-10-25T01:30:00.000Z')
    expect(at('Europe/Rome', '2026-10-25T02:30', '2026-10-25T00:40Z')).toBe('2026-10-25T00:30:00.000Z')
  })

  test('that is none stays none', () => {
    expect(zoneNamed('Europe/Rome').epochMs(Number.NaN, 0)).toBeNaN()
    expect(zoneNamed('Europe/Rome').epochMs(8.64e15, 0)).toBeNaN()
  })

  test('is what its zone shows of the instant that it stands for', () => {
    const zones = fc.constantFrom(
      'Europe/Rome',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
    )
    const minutes = fc.integer({ min: Date.UTC(1975, 0) / 60_000, max: Date.UTC(2040, 0) / 60_000 })
    fc.assert(
      fc.property(zones, minutes, (timeZone, minute) => {
        const instant = minute * 60_000
        const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
        const local = Date.parse(`${shown.format(instant).replace(' ', 'T')}Z`)
        const back = zoneNamed(timeZone).epochMs(local, Infinity)
        expect(shown.format(back)).toBe(shown.format(instant))
      }),
    )
  })
})
