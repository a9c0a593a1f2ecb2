import { expect, test } from 'vitest'
import { readingEvent } from './live-reading.ts'
import { aReading } from './reading.fixture.ts'

test('a reading is told with its time in words, and without what is internal', () => {
  expect(readingEvent(aReading({ rawValue: 10, calibratedValue: 21 }))).toEqual({
    name: 'reading',
    deviceId: 'd1',
    port: 1,
    ts: '2025-09-06T12:00:00.000Z',
    rawValue: 10,
    calibratedValue: 21,
    quality: 'good',
  })
})
