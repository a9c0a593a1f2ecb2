import { expect, test } from 'vitest'
import type { AlertView } from '../../../dashboards/kit/views.ts'
import { summaryOf } from './summary.ts'

const alert = (id: string, severity: AlertView['severity'], minute: number): AlertView => ({
  id,
  ruleId: 'r1',
  ruleName: 'Too hot',
  severity,
  deviceId: 'd1',
  port: 1,
  value: 31,
  message: 'Too hot',
  status: 'firing',
  firedAt: new Date(Date.UTC(2026, 2, 1, 12, minute)).toISOString(),
  acknowledgedAt: null,
  resolvedAt: null,
  silencedUntil: null,
})

test('nothing open is no counts and nothing to look at', () => {
  expect(summaryOf([])).toEqual({ counts: [], first: [] })
})

test('each severity that there are alerts of is counted, and the worst and newest come first', () => {
  const open = [
    alert('info', 'info', 9),
    alert('old', 'critical', 1),
    alert('new', 'critical', 5),
    alert('warning', 'warning', 8),
    alert('later', 'info', 10),
  ]
  const { counts, first } = summaryOf(open)
  expect(counts).toEqual([
    { severity: 'critical', count: 2 },
    { severity: 'warning', count: 1 },
    { severity: 'info', count: 2 },
  ])
  expect(first.map(({ id }) => id)).toEqual(['new', 'old', 'warning', 'later'])
  expect(open[0]?.id).toBe('info')
})
