import { expect, test } from 'vitest'
import type { NotificationView } from '../../../dashboards/kit/views.ts'
import { rowOf } from './notice-row.ts'

const nowMs = Date.parse('2026-03-01T12:00:00Z')
const notification: NotificationView = {
  id: 'msg_1',
  type: 'alert.firing',
  title: 'Alert: Too warm',
  text: 'Too warm\n\nRule: heat\nDevice: Fridge (fridge-1)',
  alertId: 'a1',
  createdAt: '2026-03-01T11:00:00.000Z',
  readAt: null,
}

test('what the title says is not said again', () => {
  expect(rowOf(notification, nowMs)).toMatchObject({
    title: 'Alert: Too warm',
    text: 'Rule: heat\nDevice: Fridge (fridge-1)',
    isUnread: true,
  })
})

test('a text of its own stays whole, and what was read is not unread', () => {
  const other = { ...notification, title: 'Test message', text: 'This channel works.' }
  expect(rowOf({ ...other, readAt: '2026-03-01T11:30:00.000Z' }, nowMs)).toMatchObject({
    text: 'This channel works.',
    isUnread: false,
  })
})
