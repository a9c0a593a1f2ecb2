import { expect, test } from 'vitest'
import type { DeliveryView } from '../../../dashboards/kit/views.ts'
import { rowOf } from './delivery-row.ts'

const nowMs = Date.parse('2026-01-05T08:00:00Z')
const delivery: DeliveryView = {
  id: 'msg_1',
  channel: 'ops',
  type: 'alert.firing',
  status: 'failed',
  attempts: [
    { at: '2026-01-05T07:00:00Z', outcome: 'answered 503' },
    { at: '2026-01-05T07:00:05Z', outcome: 'answered 410: gone' },
  ],
  alertId: 'a1',
  createdAt: '2026-01-05T07:00:00Z',
  endedAt: '2026-01-05T07:00:05Z',
}

test('says what was sent where, how often it was tried, and what came of it last', () => {
  expect(rowOf(delivery, nowMs)).toMatchObject({
    what: 'Alert',
    channel: 'ops',
    tries: '2 tries',
    outcome: 'answered 410: gone',
    canRetry: true,
  })
})

test('before the first try nothing came of it, and what was delivered is not sent again', () => {
  expect(rowOf({ ...delivery, status: 'pending', attempts: [] }, nowMs).outcome).toBe('')
  expect(rowOf({ ...delivery, status: 'delivered' }, nowMs).canRetry).toBe(false)
})

test('whom it was sent to in person is nobody else’s business', () => {
  expect(rowOf({ ...delivery, channel: 'user:u1:email' }, nowMs).channel).toBe('in person, email')
})
