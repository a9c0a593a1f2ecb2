import { describe, expect, test } from 'vitest'
import { sparklinePoints } from './sparkline.ts'
import { tileTexts } from './tiles.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')
const overview = {
  devices: { total: 1200, online: 1199 },
  messagesPerSecond: 12.34,
  readingsStored: 1_234_567,
  readingsStoredSince: '2026-11-21T11:00:00.000Z',
  deadLettersOpen: 0,
}

describe('the numbers at the top', () => {
  test('say how many are on and off, and alarm only when some are off', () => {
    const texts = tileTexts(overview, nowMs)
    expect(texts.online).toMatchObject({
      hint: expect.stringMatching(/^of 1.200 devices$/),
      isAlarming: false,
    })
    expect(texts.offline).toMatchObject({ value: '1', isAlarming: true })
    expect(tileTexts({ ...overview, devices: { total: 1, online: 1 } }, nowMs).offline.isAlarming).toBe(false)
  })

  test('dead letters alarm when somebody has to look', () => {
    expect(tileTexts(overview, nowMs)['dead-letters'].isAlarming).toBe(false)
    expect(tileTexts({ ...overview, deadLettersOpen: 2 }, nowMs)['dead-letters']).toMatchObject({
      value: '2',
      isAlarming: true,
    })
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
