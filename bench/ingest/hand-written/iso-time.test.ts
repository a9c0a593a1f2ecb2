import { describe, expect, it } from 'vitest'
import { parseIsoMs } from './iso-time.ts'

describe('the ISO time parser', () => {
  it('agrees with Date.parse, also within the minute it remembers', () => {
    const times = [
      '2025-09-06T12:00:00.123Z',
      '2025-09-06T12:00:59.999Z',
      '2025-09-06T12:01:00.000Z',
      '2025-09-06T12:01:00Z',
      '2025-09-06T14:01:00+02:00',
      '2025-09-06T12:01:30.5Z',
      '2024-02-29T23:59:01.010Z',
    ]
    expect(times.map(parseIsoMs)).toEqual(times.map((time) => Date.parse(time)))
  })

  it('refuses what is not such a time, before and after a good one', () => {
    const wrong = [
      'now',
      '',
      '2025-09-06',
      '2025-09-06T12:00:00.123',
      '2025-09-06T12:00:60.123Z',
      '2025-09-06T12:00:0a.123Z',
      '2025-09-06T12:00:00,123Z',
      '2025-13-06T12:00:00.123Z',
    ]
    expect(wrong.map(parseIsoMs)).toEqual(wrong.map(() => Number.NaN))
    parseIsoMs('2025-09-06T12:00:00.123Z')
    expect(wrong.map(parseIsoMs)).toEqual(wrong.map(() => Number.NaN))
  })
})
