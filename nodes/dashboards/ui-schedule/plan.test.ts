import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  beginningAt,
  blocksOf,
  clash,
  dayMinutes,
  drawn,
  lasting,
  lengthOf,
  minuteOf,
  onDay,
  startingAt,
  timeOf,
} from './plan.ts'
import { weekdays } from '../../../dashboards/kit/weekdays.ts'
import type { Draft } from './week.ts'

const window = (changes: Partial<Draft> = {}): Draft => ({
  days: ['mon', 'wed'],
  startTime: '08:00',
  endTime: '18:00',
  timeZone: 'Europe/Rome',
  ...changes,
})
const where = (draft: Draft): readonly string[] =>
  blocksOf(draft).map(({ column, fromMinute, toMinute }) => `${column} ${fromMinute}-${toMinute}`)

const minutes = fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15)
const drafts: fc.Arbitrary<Draft> = fc.record({
  days: fc.subarray([...weekdays], { minLength: 1 }),
  startTime: minutes.map(timeOf),
  endTime: minutes.map(timeOf),
  timeZone: fc.constant('Europe/Rome'),
})

describe('a window in the week', () => {
  test('is a block on each of its days', () => {
    expect(where(window())).toEqual(['0 480-1080', '2 480-1080'])
  })

  test('over midnight goes on at the top of the next day, of Sunday on Monday', () => {
    expect(where(window({ days: ['sun'], startTime: '22:00', endTime: '06:00' }))).toEqual([
      '6 1320-1440',
      '0 0-360',
    ])
  })

  test('to midnight is one block; one that begins and ends at one time is open for a day', () => {
    expect(where(window({ days: ['mon'], startTime: '22:00', endTime: '00:00' }))).toEqual(['0 1320-1440'])
    expect(where(window({ days: ['mon'], startTime: '00:00', endTime: '00:00' }))).toEqual(['0 0-1440'])
  })

  test('has blocks as long together as it is on all of its days', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const drawnMinutes = blocksOf(draft).reduce(
          (sum, { fromMinute, toMinute }) => sum + toMinute - fromMinute,
          0,
        )
        expect(drawnMinutes).toBe(lengthOf(draft) * draft.days.length)
      }),
      { seed: 5834 },
    )
  })
})

describe('with a pointer, or arrows', () => {
  test('it is moved by the clock on all days, and by the day on one', () => {
    expect(startingAt(window(), 500)).toMatchObject({ startTime: '08:15', endTime: '18:15' })
    expect(startingAt(window(), -60)).toMatchObject({ startTime: '00:00', endTime: '10:00' })
    expect(onDay(window(), 'mon', 'tue').days).toEqual(['tue', 'wed'])
    expect(onDay(window(), 'mon', 'wed').days).toEqual(['wed'])
    expect(onDay(window(), 'mon', 'mon').days).toEqual(['mon', 'wed'])
  })

  test('its ends are moved, and it is never shorter than a step nor longer than a day', () => {
    expect(lasting(window(), 90)).toMatchObject({ startTime: '08:00', endTime: '09:30' })
    expect(lasting(window(), -5)).toMatchObject({ endTime: '08:15' })
    expect(lasting(window(), 5000)).toMatchObject({ endTime: '08:00' })
    expect(beginningAt(window(), 60)).toMatchObject({ startTime: '01:00', endTime: '18:00' })
    expect(beginningAt(window(), 2000)).toMatchObject({ startTime: '17:45' })
    expect(beginningAt(window({ startTime: '22:00', endTime: '06:00' }), 0)).toMatchObject({
      startTime: '06:00',
    })
  })

  test('it is drawn in either direction', () => {
    expect(drawn('fri', 600, 660, 'UTC')).toEqual({
      days: ['fri'],
      startTime: '10:00',
      endTime: '11:00',
      timeZone: 'UTC',
    })
    expect(drawn('fri', 660, 600, 'UTC')).toMatchObject({ startTime: '10:00', endTime: '11:00' })
    expect(drawn('fri', 1439, 1439, 'UTC')).toMatchObject({ startTime: '23:45', endTime: '00:00' })
  })

  test('whatever is done to it, it keeps its days, zone and length, or what was not touched', () => {
    fc.assert(
      fc.property(drafts, fc.integer({ min: -3000, max: 3000 }), (draft, minute) => {
        expect(lengthOf(startingAt(draft, minute))).toBe(lengthOf(draft))
        expect(lasting(draft, minute).startTime).toBe(draft.startTime)
        const begun = beginningAt(draft, minute)
        expect(begun.endTime).toBe(draft.endTime)
        expect(minuteOf(begun.startTime) % 15).toBe(0)
      }),
      { seed: 7291 },
    )
  })
})

describe('two windows', () => {
  test.each([
    ['at once', window(), window({ startTime: '17:00', endTime: '19:00' }), true],
    ['one after the other', window(), window({ startTime: '18:00', endTime: '19:00' }), false],
    ['on other days', window(), window({ days: ['tue'] }), false],
    [
      'over midnight into the next day',
      window({ days: ['sun'], startTime: '22:00', endTime: '08:30' }),
      window(),
      true,
    ],
    ['in another zone, which the platform looks at', window(), window({ timeZone: 'UTC' }), false],
  ])('%s', (_, one, other, isClash) => {
    expect([clash(one, other), clash(other, one)]).toEqual([isClash, isClash])
  })

  test('clash just when a minute of the week is in both', () => {
    const open = (draft: Draft): ReadonlySet<number> =>
      new Set(
        blocksOf(draft).flatMap(({ column, fromMinute, toMinute }) =>
          Array.from(
            { length: (toMinute - fromMinute) / 15 },
            (__, step) => column * dayMinutes + fromMinute + step * 15,
          ),
        ),
      )
    fc.assert(
      fc.property(drafts, drafts, (one, other) => {
        const minutesOfOther = open(other)
        expect(clash(one, other)).toBe([...open(one)].some((minute) => minutesOfOther.has(minute)))
      }),
      { seed: 1109, numRuns: 300 },
    )
  })
})
