import { expect, test } from 'vitest'
import type { AlertView } from '../../../dashboards/kit/views.ts'
import { rowOf } from './alert-row.ts'

const nowMs = Date.parse('2026-03-01T12:00:00Z')
const firing: AlertView = {
  id: 'a1',
  ruleId: 'r1',
  ruleName: 'Too warm',
  deviceId: 'fridge-1',
  port: 1,
  severity: 'critical',
  status: 'firing',
  firedAt: '2026-03-01T11:00:00Z',
  acknowledgedAt: null,
  resolvedAt: null,
  silencedUntil: null,
  value: 9.5,
  message: 'Too warm on fridge-1',
}

test('a firing alert can be taken care of, and says what made it fire', () => {
  expect(rowOf(firing, nowMs)).toMatchObject({
    rule: 'Too warm: 9.5',
    canAcknowledge: true,
    isOpen: true,
    since: '',
  })
  expect(rowOf({ ...firing, value: null }, nowMs).rule).toBe('Too warm')
})

test('what was done about it says since or until when', () => {
  const acknowledged = rowOf(
    { ...firing, status: 'acknowledged', acknowledgedAt: '2026-03-01T11:30:00Z' },
    nowMs,
  )
  expect(acknowledged).toMatchObject({ canAcknowledge: false, isOpen: true })
  expect(acknowledged.since).toMatch(/^since .*:30/)
  const silenced = rowOf({ ...firing, status: 'suppressed', silencedUntil: '2026-03-01T13:15:00Z' }, nowMs)
  expect(silenced.since).toMatch(/^until .*:15/)
  // Suppressed by a maintenance window: that has no end of its own here.
  expect(rowOf({ ...firing, status: 'suppressed' }, nowMs).since).toBe('')
})

test('nothing can be done about one that is over', () => {
  const row = rowOf({ ...firing, status: 'resolved', resolvedAt: '2026-03-01T11:45:00Z' }, nowMs)
  expect(row).toMatchObject({ canAcknowledge: false, isOpen: false })
  expect(row.since).toMatch(/^since .*:45/)
})
