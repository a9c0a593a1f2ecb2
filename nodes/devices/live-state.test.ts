import { expect, test } from 'vitest'
import { stateEvent } from './live-state.ts'
import { unseenDevice } from './state.ts'

test('a state is told whether the device was ever seen or not', () => {
  const state = unseenDevice('acme', 'd1')
  expect(stateEvent(state)).toEqual({
    name: 'state',
    deviceId: 'd1',
    online: false,
    isSilent: false,
    lastSeen: null,
    reported: {},
  })
  expect(stateEvent({ ...state, online: true, lastSeenAt: 0, reported: { fan: 1 } })).toMatchObject({
    online: true,
    lastSeen: '1970-01-01T00:00:00.000Z',
    reported: { fan: 1 },
  })
})
