import { expect, test } from 'vitest'
import type { Alert } from '../alerts/alert.ts'
import { aRecord } from '../devices/device.fixture.ts'
import { noticeOf, tellingOf } from './alert-notices.ts'

const alert: Alert = {
  id: 'a1',
  ruleId: 'r1',
  ruleName: 'hot',
  deviceId: 'd1',
  port: 1,
  severity: 'warning',
  status: 'resolved',
  firedAtMs: 0,
  acknowledgedAtMs: 1000,
  resolvedAtMs: 2000,
  silencedUntilMs: null,
  value: 31,
  message: 'Press 1 is at 31',
  channels: ['ops'],
  openKey: null,
  entries: [],
}
const event = (type: string, data: object = {}) => ({
  id: 'alerts/a1/1',
  orgId: 'acme',
  subject: { kind: 'alerts', id: 'a1' },
  aggregateId: 'a1',
  seq: 1,
  type,
  atMs: 0,
  at: '1970-01-01T00:00:00.000Z',
  data: { ...data },
})

test.each([
  ['AlertFired', { suppressedUntilMs: null }, 'alert.firing', 'firing'],
  ['AlertAcknowledged', {}, 'alert.acknowledged', 'acknowledged'],
  ['AlertResolved', {}, 'alert.resolved', 'resolved'],
] as const)('%s is told as it left the alert, whatever has become of it', (name, data, type, status) => {
  expect(tellingOf(event(name, data), alert)).toMatchObject({ type, channels: ['ops'], alert: { status } })
})

test('an escalation goes where it says', () => {
  expect(tellingOf(event('AlertEscalated', { channels: ['boss'] }), alert)).toMatchObject({
    channels: ['boss'],
  })
})

test('nobody hears of what is suppressed, nor of what there are no words for', () => {
  expect(tellingOf(event('AlertFired', { suppressedUntilMs: 5 }), alert)).toBeUndefined()
  expect(tellingOf(event('AlertUnsilenced'), alert)).toBeUndefined()
  expect(tellingOf(event('AlertSilenced'), alert)).toBeUndefined()
})

test.each([
  ['en', 'Alert: Press 1 is at 31', 'Severity: warning'],
  ['pt', 'Alerta: Press 1 is at 31', 'Gravidade: aviso'],
  ['fr', 'Alerte: Press 1 is at 31', 'Gravité: avertissement'],
] as const)('in %s it reads %s', (language, title, line) => {
  const telling = tellingOf(event('AlertFired', { suppressedUntilMs: null }), alert)
  if (telling === undefined) throw new Error('it is to be told')
  const notice = noticeOf(telling, aRecord(), 0, language)
  expect(notice.title).toBe(title)
  expect(notice.text).toContain(line)
  expect(notice.data).toMatchObject({
    alert: { id: 'a1' },
    device: { id: 'd1', name: 'Press 1', classKey: 'logger' },
  })
})
