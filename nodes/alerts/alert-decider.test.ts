import { expect, test } from 'vitest'
import { given } from '../platform/kit/decider/given.fixture.ts'
import { type AlertCommand, type AlertEvent, alertDecider, type NewAlert } from './alert-decider.ts'

const alert: NewAlert = {
  id: 'a1',
  ruleId: 'r1',
  ruleName: 'hot',
  deviceId: 'd1',
  port: 1,
  severity: 'warning',
  firedAtMs: 1000,
  value: 31,
  message: 'hot: Press 1',
  channels: ['ops'],
}
const ada = { kind: 'user', id: 'ada' } as const
const fired: AlertEvent = { type: 'AlertFired', data: { alert, suppressedUntilMs: null } }
const acknowledged: AlertEvent = { type: 'AlertAcknowledged', data: { by: ada, note: 'on it' } }
const silenced: AlertEvent = {
  type: 'AlertSilenced',
  data: { by: ada, note: null, untilMs: Date.UTC(2026, 0, 2) },
}
const resolved: AlertEvent = { type: 'AlertResolved', data: { by: ada, note: null, atMs: 5000 } }

test('fires once, however often it is found', () => {
  const fire = { type: 'FireAlert', alert, suppressedUntilMs: null } as const
  given(alertDecider).when(fire).thenHappens(fired)
  given(alertDecider, fired).when(fire).thenNothing()
  given(alertDecider, fired, resolved).when(fire).thenNothing()
})

test('is acknowledged once, and not when it is over', () => {
  const acknowledge = { type: 'AcknowledgeAlert', by: ada, note: 'on it' } as const
  given(alertDecider, fired).when(acknowledge).thenHappens(acknowledged)
  given(alertDecider, fired).when(acknowledge).thenState({ status: 'acknowledged' })
  given(alertDecider, fired, acknowledged).when(acknowledge).thenNothing()
  given(alertDecider, fired, resolved).when(acknowledge).thenRefused('resolved')
  given(alertDecider).when(acknowledge).thenRefused('missing')
})

test('ends from every state, gives its place free, and stays over', () => {
  const resolve = { type: 'ResolveAlert', by: ada, note: null, atMs: 5000 } as const
  for (const before of [[fired], [fired, acknowledged], [fired, silenced]])
    given(alertDecider, ...before)
      .when(resolve)
      .thenState({ status: 'resolved', resolvedAtMs: 5000, openKey: null, silencedUntilMs: null })
  given(alertDecider, fired, resolved).when(resolve).thenNothing()
})

test('is suppressed while it is silenced, and afterwards what it was', () => {
  const unsilence = { type: 'UnsilenceAlert' } as const
  const later = Date.UTC(2026, 0, 2)
  given(alertDecider, fired)
    .when({ type: 'SilenceAlert', by: ada, note: null, untilMs: 9 })
    .thenState({ status: 'suppressed' })
  given(alertDecider, fired, silenced).when(unsilence).thenNothing()
  given(alertDecider, fired, silenced).when(unsilence, later).thenState({ status: 'firing' })
  given(alertDecider, fired, acknowledged, silenced)
    .when(unsilence, later)
    .thenState({ status: 'acknowledged' })
  given(alertDecider, fired, silenced, resolved).when(unsilence, later).thenNothing()
})

test('escalates only while nobody has it', () => {
  const escalate: AlertCommand = { type: 'EscalateAlert', note: 'nobody came', channels: ['boss'] }
  given(alertDecider, fired)
    .when(escalate)
    .thenHappens({
      type: 'AlertEscalated',
      data: { note: 'nobody came', channels: ['boss'] },
    })
  for (const after of [acknowledged, silenced, resolved])
    given(alertDecider, fired, after).when(escalate).thenNothing()
})

test('keeps what happened, the first and the newest of very much', () => {
  let state = alertDecider.evolve(undefined, fired, 1)
  for (let n = 0; n < 500; n += 1) state = alertDecider.evolve(state, silenced, n)
  expect(state.entries.length).toBe(202)
  expect([state.entries[0]?.type, state.entries.at(-1)?.atMs]).toEqual(['fired', 499])
})
