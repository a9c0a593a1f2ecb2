import { expect, test } from 'vitest'
import { dayOf, draggedBy, lanesOf, spanOf, wantedBy } from './lanes.ts'

const rome = { id: 'a', name: 'A', timeZone: 'Europe/Rome', slotMinutes: 30 }
const lisbon = { id: 'b', name: 'B', timeZone: 'Europe/Lisbon', slotMinutes: 60 }
const hour = 3_600_000
const booking = {
  id: 'x',
  podId: 'a',
  start: '2026-03-02T11:00:00.000Z',
  end: '2026-03-02T12:00:00.000Z',
  status: 'CONFIRMED',
} as const

test('a day is that of the pod, shorter and longer when clocks change', () => {
  expect(dayOf('2026-03-02', 'Europe/Rome').fromMs).toBe(Date.parse('2026-03-01T23:00:00Z'))
  const lengths = ['2026-03-02', '2026-03-29', '2026-10-25'].map((date) => {
    const { fromMs, toMs } = dayOf(date, 'Europe/Rome')
    return (toMs - fromMs) / hour
  })
  expect(lengths).toEqual([24, 23, 25])
  expect(spanOf('2026-03-02', [rome, lisbon])).toEqual({
    from: '2026-03-01T23:00:00.000Z',
    to: '2026-03-03T00:00:00.000Z',
  })
  expect(spanOf('2026-03-02', [])).toBeUndefined()
})

test('each booking lies in the lane of its pod, cut at the ends of the day; cancelled ones do not', () => {
  const long = { ...booking, id: 'y', start: '2026-03-01T20:00:00.000Z', end: '2026-03-02T01:00:00.000Z' }
  const other = { ...booking, id: 'z', status: 'CANCELLED' } as const
  const before = { ...long, id: 'w', end: '2026-03-01T22:00:00.000Z' }
  const [first, second] = lanesOf('2026-03-02', [rome, lisbon], [booking, long, other, before])
  const hundredths = (share: number): number => Math.round(share * 100)
  expect(
    first?.bars.map(({ booking: { id }, left, width }) => [id, hundredths(left), hundredths(width)]),
  ).toEqual([
    ['x', 5000, 417],
    ['y', 0, 833],
  ])
  expect(second?.bars).toEqual([])
})

test('what is dragged goes by slots of its pod, and to the pods above and below', () => {
  const [lane] = lanesOf('2026-03-02', [rome, lisbon], [booking])
  if (lane === undefined) throw new Error('there is no lane')
  expect(draggedBy(lane, 1.4 / 48, 1)).toEqual({ slots: 1, lanes: 1 })
  expect(wantedBy(booking, { slots: -2, lanes: 1 }, [rome, lisbon])).toEqual({
    podId: 'b',
    start: '2026-03-02T10:00:00.000Z',
    end: '2026-03-02T11:00:00.000Z',
  })
  expect(wantedBy(booking, { slots: 1, lanes: -1 }, [rome, lisbon])).toBeUndefined()
  expect(wantedBy(booking, { slots: 0, lanes: 0 }, [rome, lisbon])).toBeUndefined()
})
