import { expect, test } from 'vitest'
import { unseenDevice } from '../devices/state.ts'
import { aReading } from '../telemetry/reading.fixture.ts'
import { readingEvent, stateEvent } from './live-event.ts'

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

test('a state is told whether the device was ever seen or not', () => {
  const state = unseenDevice('acme', 'd1')
  expect(stateEvent(state)).toEqual({
    name: 'state',
    deviceId: 'd1',
    online: false,
    lastSeen: null,
    reported: {},
  })
  expect(stateEvent({ ...state, online: true, lastSeenAt: 0, reported: { fan: 1 } })).toMatchObject({
    online: true,
    lastSeen: '1970-01-01T00:00:00.000Z',
    reported: { fan: 1 },
  })
})
