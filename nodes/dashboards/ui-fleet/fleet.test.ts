import { describe, expect, test } from 'vitest'
import type { DeviceView } from '../../../dashboards/kit/views.ts'
import { firstQuery, viewFleet } from './fleet-view.ts'
import { Fleet } from './fleet.ts'
import { rowsInSight } from './rows-in-sight.ts'

const deviceView = (id: string, parts: Partial<DeviceView> = {}): DeviceView => ({
  id,
  orgId: 'demo',
  classKey: 'air-purifier',
  name: `Purifier ${id}`,
  tags: [],
  ports: [{ port: 1, name: 'temperature', unit: '°C', min: -40, max: 85, scaling: 1, offset: 0 }],
  isEnabled: true,
  createdAt: '2026-11-21T08:00:00.000Z',
  online: true,
  isSilent: false,
  lastSeen: '2026-11-21T09:00:00.000Z',
  ...parts,
})
const fleetOf = (...views: readonly DeviceView[]): Fleet => {
  const fleet = new Fleet()
  fleet.replace(views)
  return fleet
}
const reading = (deviceId: string, ts: string, calibratedValue: number) => ({
  deviceId,
  port: 1,
  ts,
  rawValue: calibratedValue,
  calibratedValue,
  quality: 'good' as const,
})

describe('the fleet', () => {
  test('keeps the newest value of a port, whichever comes last', () => {
    const fleet = fleetOf(deviceView('1'))
    fleet.reading(reading('1', '2026-11-21T09:00:05.000Z', 22.5), 1)
    fleet.reading(reading('1', '2026-11-21T09:00:01.000Z', 99), 1)
    expect(fleet.get('1')?.values.get(1)).toMatchObject({ value: 22.5, decimals: 1 })
  })

  test('keeps as many decimals as a port ever had, so that numbers do not dance', () => {
    const fleet = fleetOf(deviceView('1'))
    fleet.reading(reading('1', '2026-11-21T09:00:05.000Z', 22.5), 1)
    fleet.reading(reading('1', '2026-11-21T09:00:07.000Z', 23), 1)
    expect(fleet.get('1')?.values.get(1)?.decimals).toBe(1)
  })

  test('follows states, and a reading moves when the device was last seen', () => {
    const fleet = fleetOf(deviceView('1'), deviceView('2'))
    fleet.state({
      deviceId: '1',
      online: false,
      isSilent: false,
      lastSeen: '2026-11-21T09:10:00.000Z',
      reported: {},
    })
    expect(fleet.online).toBe(1)
    expect(fleet.get('1')?.lastSeenMs).toBe(Date.parse('2026-11-21T09:10:00.000Z'))
    fleet.reading(reading('1', '2026-11-21T09:20:00.000Z', 1), Date.parse('2026-11-21T09:20:01.000Z'))
    expect(fleet.get('1')?.lastSeenMs).toBe(Date.parse('2026-11-21T09:20:01.000Z'))
  })

  test('a list anew keeps known values and forgets what is gone', () => {
    const fleet = fleetOf(deviceView('1'), deviceView('2'))
    fleet.latest('1', [{ ...reading('1', '2026-11-21T09:00:05.000Z', 7), name: 'temperature', unit: '°C' }])
    fleet.replace([deviceView('1', { name: 'Renamed' })])
    expect(fleet.size).toBe(1)
    expect(fleet.get('1')).toMatchObject({ name: 'Renamed', hasLatest: true })
    expect(fleet.get('1')?.values.get(1)?.value).toBe(7)
  })

  test('ignores devices it does not know', () => {
    const fleet = fleetOf(deviceView('1'))
    fleet.reading(reading('foreign', '2026-11-21T09:00:05.000Z', 1), 1)
    fleet.state({ deviceId: 'foreign', online: true, isSilent: false, lastSeen: null, reported: {} })
    expect(fleet.size).toBe(1)
  })
})

describe('a view of the fleet', () => {
  const thousand = fleetOf(
    ...Array.from({ length: 1000 }, (_, index) =>
      deviceView(String(index + 1), { online: index % 10 !== 0, tags: index < 3 ? ['roof'] : [] }),
    ),
  ).all()

  test('is sorted as people count: 2 before 10', () => {
    const { rows } = viewFleet(thousand, firstQuery)
    expect(rows.slice(0, 3).map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(rows).toHaveLength(1000)
  })

  test('counts what matches, by status', () => {
    const view = viewFleet(thousand, { ...firstQuery, status: 'offline' })
    expect(view.counts).toEqual({ all: 1000, online: 900, offline: 100 })
    expect(view.rows).toHaveLength(100)
    expect(view.rows.every(({ online }) => !online)).toBe(true)
  })

  test('every word of a search has to be somewhere', () => {
    expect(viewFleet(thousand, { ...firstQuery, search: ' ROOF air ' }).rows).toHaveLength(3)
    expect(viewFleet(thousand, { ...firstQuery, search: 'roof pump' }).rows).toEqual([])
  })

  test('by status, those that need attention come first', () => {
    const { rows } = viewFleet(thousand, { ...firstQuery, sort: 'status' })
    expect(rows[0]?.online).toBe(false)
    expect(viewFleet(thousand, { ...firstQuery, sort: 'status', descending: true }).rows[0]?.online).toBe(
      true,
    )
  })

  test('by last seen, who was never heard comes first', () => {
    const { rows } = viewFleet(fleetOf(deviceView('1'), deviceView('2', { lastSeen: null })).all(), {
      ...firstQuery,
      sort: 'last-seen',
    })
    expect(rows.map(({ id }) => id)).toEqual(['2', '1'])
  })
})

describe('the rows that are there', () => {
  test('are those in sight and a few more, and the others have their room', () => {
    expect(rowsInSight(10_000, 50, 5000, 500)).toEqual({ from: 96, to: 114, above: 4800, below: 494_300 })
    expect(rowsInSight(3, 50, 0, 500)).toEqual({ from: 0, to: 3, above: 0, below: 0 })
    expect(rowsInSight(0, 50, 0, 500)).toEqual({ from: 0, to: 0, above: 0, below: 0 })
  })

  test('are the last ones when the list has become shorter than what was scrolled', () => {
    expect(rowsInSight(10, 50, 5000, 500)).toEqual({ from: 10, to: 10, above: 500, below: 0 })
  })
})
