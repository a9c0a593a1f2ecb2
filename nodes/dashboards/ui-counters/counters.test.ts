import { describe, expect, test } from 'vitest'
import { countersOf } from './counters.ts'
import { sparklinePoints, withNewest } from './sparkline.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')
const overview = {
  devices: { total: 1200, online: 1199 },
  messagesPerSecond: 12.34,
  readingsStored: 1_234_567,
  readingsStoredSince: '2026-11-21T11:00:00.000Z',
  deadLettersOpen: 0,
}

const counter = (parts: Partial<typeof overview>, name: string) =>
  countersOf({ ...overview, ...parts }, nowMs).find((each) => each.name === name)

describe('the counters', () => {
  test('say how many are on and off, and alarm only when some are off', () => {
    expect(counter({}, 'online')).toMatchObject({
      hint: expect.stringMatching(/^of 1.200 devices$/),
      isAlarming: false,
    })
    expect(counter({}, 'offline')).toMatchObject({ value: '1', isAlarming: true })
    expect(counter({ devices: { total: 1, online: 1 } }, 'offline')?.isAlarming).toBe(false)
  })

  test('dead letters alarm when somebody has to look', () => {
    expect(counter({}, 'dead-letters')?.isAlarming).toBe(false)
    expect(counter({ deadLettersOpen: 2 }, 'dead-letters')).toMatchObject({ value: '2', isAlarming: true })
  })
})

test('a sparkline ends at the right edge and stays in its box', () => {
  const points = sparklinePoints([0, 5, 10])
    .split(' ')
    .map((point) => point.split(',').map(Number))
  expect(points.at(-1)?.[0]).toBe(120)
  expect(points[0]?.[1]).toBe(31)
  for (const [, y = -1] of points) expect(y >= 0 && y <= 32).toBe(true)
  expect(sparklinePoints([0])).not.toContain('NaN')
  expect(sparklinePoints([])).toBe('')
})

test('a sparkline forgets what it has no room for', () => {
  let values: readonly number[] = []
  for (let value = 0; value < 100; value += 1) values = withNewest(values, value)
  expect([values.length, values[0], values.at(-1)]).toEqual([60, 40, 99])
})
