import { describe, expect, it } from 'vitest'
import { airPurifier } from './air-purifier.ts'
import { command, given, START_MS } from './given.fixture.ts'

const TWO_MINUTES_MS = 120_000

describe('an air purifier', () => {
  it('speaks on the topics of the field', () => {
    expect(given(airPurifier).topics).toEqual({
      telemetry: 'device/dev-1/data',
      command: 'device/dev-1/command',
      ack: 'device/dev-1/ack',
    })
  })

  it('reports flat JSON with exactly the fields of the field, and no time', () => {
    const purifier = given(airPurifier)
    purifier.when({ kind: 'report' })
    const [body = {}] = purifier.published('telemetry')
    expect(Object.keys(body)).toEqual([
      'networkStrength',
      'temperature',
      'humidity',
      'pm1',
      'pm25',
      'pm10',
      'sound',
      'voc',
      'fanSpeed',
      'powerOn',
    ])
    expect(body).toMatchObject({ fanSpeed: 1, powerOn: true })
  })

  it('acknowledges a fan speed with the state it moved to', () => {
    const purifier = given(airPurifier)
    purifier.when(command('setFanSpeed', 5))
    expect(purifier.published('ack')).toEqual([
      {
        commandId: 'cmd-1',
        status: 'ok',
        state: { powerOn: true, fanSpeed: 5 },
        ts: new Date(START_MS).toISOString(),
      },
    ])
  })

  it.each([
    ['setFanSpeed', 6],
    ['setFanSpeed', 2.5],
    ['setFanSpeed', '3'],
    ['setFanSpeed', undefined],
    ['turnOn', 0],
    ['selfDestruct', 1],
  ])('refuses %s %s and stays as it is', (action, value) => {
    const purifier = given(airPurifier)
    purifier.when(command(action, value))
    expect(purifier.published('ack')).toEqual([
      expect.objectContaining({ status: 'error', error: expect.stringContaining(action) }),
    ])
    purifier.when({ kind: 'report' })
    expect(purifier.published('telemetry')).toEqual([expect.objectContaining({ fanSpeed: 1, powerOn: true })])
  })

  it('takes its last speed up again when it is turned off and on', () => {
    const purifier = given(airPurifier)
    purifier.when(command('setFanSpeed', 4, 'a'))
    purifier.when(command('turnOff', undefined, 'b'))
    expect(purifier.published('ack')).toEqual([
      expect.objectContaining({ state: { powerOn: false, fanSpeed: 0 } }),
    ])
    purifier.when(command('turnOn', undefined, 'c'))
    expect(purifier.published('ack')).toEqual([
      expect.objectContaining({ state: { powerOn: true, fanSpeed: 4 } }),
    ])
  })

  it('repeats its answer to a command that comes again, without acting twice', () => {
    const purifier = given(airPurifier)
    purifier.when(command('setFanSpeed', 4, 'first'))
    purifier.when(command('setFanSpeed', 2, 'second'))
    purifier.when(command('setFanSpeed', 4, 'first'))
    expect(purifier.published('ack')).toEqual([
      expect.objectContaining({ commandId: 'first', status: 'ok', state: { powerOn: true, fanSpeed: 2 } }),
    ])
  })

  it.each(['', '{', '[]', '{"action":"turnOff"}'])(
    'answers nothing to %j, which has no commandId',
    (payload) => {
      const outputs = given(airPurifier).when({ kind: 'command', payload })
      expect(outputs).toEqual([expect.objectContaining({ kind: 'ignored' })])
    },
  )

  it('cleans the air and is louder at full speed', () => {
    const [slow, fast] = [1, 5].map((speed) => {
      const purifier = given(airPurifier)
      purifier.when(command('setFanSpeed', speed))
      for (let report = 0; report < 60; report++) purifier.when({ kind: 'report' }, report * TWO_MINUTES_MS)
      return purifier.published('telemetry')[0]
    })
    expect(Number(fast?.['pm25'])).toBeLessThan(Number(slow?.['pm25']) - 10)
    expect(Number(fast?.['voc'])).toBeLessThan(Number(slow?.['voc']) - 50)
    expect(Number(fast?.['sound'])).toBeGreaterThan(Number(slow?.['sound']) + 15)
  })

  it('drifts gradually: a second changes less than two minutes may', () => {
    const purifier = given(airPurifier)
    purifier.when({ kind: 'report' })
    const before = Number(purifier.published('telemetry')[0]?.['temperature'])
    purifier.when({ kind: 'report' }, 1_000)
    const after = Number(purifier.published('telemetry')[0]?.['temperature'])
    expect(Math.abs(after - before)).toBeLessThanOrEqual(0.1)
  })
})
