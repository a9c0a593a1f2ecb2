import { describe, expect, test } from 'vitest'
import { bucketWidthsMs } from '../../nodes/platform/series/port.ts'
import { pastOf, ranges } from './ranges.ts'

const bucket = (hour: number, min: number, avg: number, max: number, count: number, last = avg) => ({
  ts: `2025-09-06T0${hour}:00:00.000Z`,
  min,
  avg,
  max,
  count,
  last,
})

describe('a time range', () => {
  test('has no more buckets than a page of the API and a chart have room for', () => {
    const counts = ranges.flatMap(({ spanMs, bucket: width }) =>
      width === undefined ? [] : [spanMs / bucketWidthsMs[width]],
    )
    expect(counts).toEqual([288, 168, 720, 365])
  })

  test('shows averages, and figures over all readings', () => {
    expect(pastOf([bucket(1, 2, 10, 12, 1), bucket(2, 4, 20, 30, 3)], false)).toEqual({
      times: [Date.UTC(2025, 8, 6, 1), Date.UTC(2025, 8, 6, 2)],
      values: [10, 20],
      min: 2,
      max: 30,
      average: 17.5,
    })
    expect(pastOf([], false)).toBeUndefined()
  })

  test('shows where a switch stood at the end of each bucket', () => {
    expect(pastOf([bucket(1, 0, 0.4, 1, 5, 1)], true)?.values).toEqual([1])
  })
})
