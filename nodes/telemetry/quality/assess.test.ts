import { describe, expect, test } from 'vitest'
import { aReading, noonMs } from '../reading.fixture.ts'
import { assess } from './assess.ts'
import { SameInARow } from './same-in-a-row.ts'

const limits = { lateAfterMs: 60_000, sameInARow: 1, stuckAfter: 0 }
const port = { min: 0, max: 100 }

describe('the quality of a reading', () => {
  test.each([
    [0, 'good'],
    [100, 'good'],
    [-0.001, 'out-of-range'],
    [100.001, 'out-of-range'],
  ])('%d in a range from 0 to 100 is %s', (calibratedValue, expected) => {
    expect(assess(aReading({ calibratedValue }), port, limits)).toBe(expected)
  })

  test('the range is that of the calibrated value, and a port may lack either end', () => {
    expect(assess(aReading({ rawValue: 1000, calibratedValue: 50 }), port, limits)).toBe('good')
    expect(assess(aReading({ calibratedValue: -9 }), { max: 5 }, limits)).toBe('good')
    expect(assess(aReading({ calibratedValue: 9 }), { max: 5 }, limits)).toBe('out-of-range')
    expect(assess(aReading({ calibratedValue: -9 }), undefined, limits)).toBe('good')
  })

  test('is late when it was under way for longer than allowed', () => {
    expect(assess(aReading({ ingestTs: noonMs + 60_000 }), port, limits)).toBe('good')
    expect(assess(aReading({ ingestTs: noonMs + 60_001 }), port, limits)).toBe('late')
  })

  test('is suspect when the value came too often in a row', () => {
    expect(assess(aReading(), port, { ...limits, stuckAfter: 3, sameInARow: 2 })).toBe('good')
    expect(assess(aReading(), port, { ...limits, stuckAfter: 3, sameInARow: 3 })).toBe('suspect')
    expect(assess(aReading(), port, { ...limits, stuckAfter: 0, sameInARow: 1000 })).toBe('good')
  })

  test('the gravest counts: out of range before suspect before late', () => {
    const late = { ingestTs: noonMs + 90_000 }
    const stuck = { ...limits, stuckAfter: 1 }
    expect(assess(aReading({ ...late, calibratedValue: 101 }), port, stuck)).toBe('out-of-range')
    expect(assess(aReading(late), port, stuck)).toBe('suspect')
  })
})

describe('the same in a row', () => {
  test('is counted for each port of each device, and starts over with another value', () => {
    const same = new SameInARow()
    const count = (rawValue: number, portNumber = 1, deviceId = 'd1'): number =>
      same.count({ deviceId, port: portNumber, rawValue })

    expect([count(5), count(5), count(5)]).toEqual([1, 2, 3])
    expect(count(5, 2)).toBe(1)
    expect(count(5, 1, 'd2')).toBe(1)
    expect(count(5)).toBe(4)
    expect([count(6), count(5)]).toEqual([1, 1])
  })
})
