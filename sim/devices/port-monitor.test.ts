import { describe, expect, it } from 'vitest'
import { command, given, START_MS } from './given.fixture.ts'
import { portMonitor } from './port-monitor.ts'

const NOON = new Date(START_MS).toISOString()

describe('a port monitor', () => {
  it('speaks on the topics of the field', () => {
    expect(given(portMonitor).topics).toEqual({
      telemetry: 'org/org-1/device/dev-1/telemetry',
      command: 'org/org-1/device/dev-1/command',
      ack: 'org/org-1/device/dev-1/cmdres',
      lifecycle: 'org/org-1/device/dev-1/lifecycle',
    })
  })

  it('reports all its ports with one time', () => {
    const monitor = given(portMonitor)
    monitor.when({ kind: 'report' })
    expect(monitor.published('telemetry')).toEqual([
      {
        ts: NOON,
        readings: [1, 2, 3, 4].map((port) => ({ port, value: expect.any(Number) })),
      },
    ])
  })

  it('says when it comes and when it goes', () => {
    const monitor = given(portMonitor)
    monitor.when({ kind: 'connected' })
    expect(monitor.published('lifecycle')).toEqual([{ status: 'online', ts: NOON }])
    monitor.when({ kind: 'stopping' })
    expect(monitor.published('lifecycle')).toEqual([{ status: 'offline', ts: NOON }])
  })

  it('changes its reporting interval on command', () => {
    const monitor = given(portMonitor)
    const outputs = monitor.when(command('setInterval', 10))
    expect(outputs).toContainEqual({ kind: 'interval', intervalMs: 10_000 })
    expect(monitor.published('ack')).toEqual([
      { commandId: 'cmd-1', status: 'ok', state: { intervalS: 10 }, ts: NOON },
    ])
  })

  it.each([0, 1.5, 86_401, 'often'])('refuses an interval of %s', (value) => {
    const monitor = given(portMonitor)
    const outputs = monitor.when(command('setInterval', value))
    expect(outputs).toEqual([
      { kind: 'publish', channel: 'ack', body: expect.objectContaining({ status: 'error' }) },
    ])
  })

  it('answers reportNow with an acknowledgment and then the readings', () => {
    const channels = given(portMonitor)
      .when(command('reportNow'))
      .map((output) => (output.kind === 'publish' ? output.channel : output.kind))
    expect(channels).toEqual(['ack', 'telemetry'])
  })
})
