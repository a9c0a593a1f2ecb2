import { describe, expect, it } from 'vitest'
import { decodeMessage } from './decode.ts'
import type { Device } from './registry.ts'

const now = Date.parse('2025-09-06T12:00:00.000Z')
const device: Device = {
  number: 1,
  id: 'd1',
  topicPrefix: 'org/o/device/d1/',
  telemetryTopic: 'org/o/device/d1/telemetry',
  passwordSha256: Buffer.alloc(32),
  ports: new Map([
    [1, { series: 11, scaling: 1, offset: 0 }],
    [2, { series: 12, scaling: 1, offset: 0 }],
  ]),
}

function decode(payload: unknown, by: Device | undefined = device): string[] {
  const seen: string[] = []
  decodeMessage(by, typeof payload === 'string' ? payload : JSON.stringify(payload), 7, now, {
    reading: (port, tsMs, raw) => seen.push(`series ${port.series} at ${tsMs - now}: ${raw}`),
    reject: (message, reading, reason) => seen.push(`${message}/${reading} ${reason}`),
  })
  return seen
}

describe('decoding a message', () => {
  it('gives every reading its series and time', () => {
    const readings = [
      { port: 1, value: 230.5 },
      { port: 2, value: 0 },
    ]
    expect(decode({ ts: '2025-09-06T11:59:59.500Z', readings })).toEqual([
      'series 11 at -500: 230.5',
      'series 12 at -500: 0',
    ])
  })

  it('takes the receive time when there is none', () => {
    expect(decode({ readings: [{ port: 2, value: 1 }] })).toEqual(['series 12 at 0: 1'])
  })

  it('refuses a bad reading and keeps its neighbours', () => {
    const readings = [{ port: 9, value: 1 }, { port: 1, value: 'high' }, null, { port: 2, value: 3 }]
    expect(decode({ readings })).toEqual([
      '7/0 unknown-port',
      '7/1 not-a-number',
      '7/2 bad-shape',
      'series 12 at 0: 3',
    ])
  })

  it.each([
    ['{"ts":', 'not-json'],
    [[], 'bad-shape'],
    [{ ts: 'yesterday', readings: [] }, 'bad-timestamp'],
    [{ ts: 5, readings: [] }, 'bad-timestamp'],
    [{ ts: '2025-08-07T11:59:59.999Z', readings: [] }, 'outside-window'],
    [{ ts: '2025-09-06T12:05:00.001Z', readings: [] }, 'outside-window'],
  ])('refuses %j as %s', (payload, reason) => {
    expect(decode(payload)).toEqual([`7/-1 ${reason}`])
  })
})
