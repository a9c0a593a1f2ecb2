import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { airPurifier } from './air-purifier.ts'
import { command, given, numbersOf } from './given.fixture.ts'
import type { DeviceInput, DeviceModel } from './model.ts'
import { portMonitor } from './port-monitor.ts'
import { sleepPod } from './sleep-pod.ts'

const actions = [
  'setFanSpeed',
  'turnOn',
  'turnOff',
  'setInterval',
  'reportNow',
  'openDoor',
  'endSession',
  'setLight',
]

const commands = fc
  .record({
    action: fc.oneof(fc.constantFrom(...actions), fc.string()),
    value: fc.oneof(fc.integer({ min: -1, max: 120 }), fc.jsonValue()),
    id: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ action, value, id }) => command(action, value, `cmd-${id}`))

const inputs = fc.oneof(
  fc.constantFrom<DeviceInput>(
    { kind: 'report' },
    { kind: 'wake' },
    { kind: 'connected' },
    { kind: 'leave' },
  ),
  fc.string().map((code): DeviceInput => ({ kind: 'keypad', code })),
  fc.string().map((payload): DeviceInput => ({ kind: 'command', payload })),
  commands,
)

const life = fc.record({
  seed: fc.string(),
  steps: fc.array(fc.record({ input: inputs, waitMs: fc.integer({ min: 0, max: 86_400_000 }) }), {
    maxLength: 60,
  }),
})

function holdsFor<S>(model: DeviceModel<S>): void {
  it('keeps every reported number inside its range', () => {
    fc.assert(
      fc.property(life, ({ seed, steps }) => {
        const device = given(model, seed)
        let nowMs = 0
        for (const { input, waitMs } of steps) {
          nowMs += waitMs
          device.when(input, nowMs)
          for (const [name, value] of device.published('telemetry').flatMap(numbersOf)) {
            const range = model.ranges[name]
            const inside = range !== undefined && range.min <= value && value <= range.max
            expect({ name, value, inside }).toEqual({ name, value, inside: true })
          }
        }
      }),
    )
  })

  it('acknowledges every delivered command exactly once, and the same command always alike', () => {
    fc.assert(
      fc.property(life, ({ seed, steps }) => {
        const device = given(model, seed)
        const statuses = new Map<unknown, unknown>()
        for (const { input, waitMs } of steps) {
          const outputs = device.when(input, waitMs)
          const acks = device.published('ack')
          const ignored = outputs.filter(({ kind }) => kind === 'ignored').length
          expect(acks.length + ignored).toBe(input.kind === 'command' ? 1 : 0)
          for (const { commandId, status } of acks as readonly Record<string, unknown>[]) {
            expect(status).toBe(statuses.get(commandId) ?? status)
            statuses.set(commandId, status)
          }
        }
      }),
    )
  })

  it('does the same again under the same seed', () => {
    fc.assert(
      fc.property(life, ({ seed, steps }) => {
        const runs = [given(model, seed), given(model, seed)].map((device) =>
          steps.map(({ input, waitMs }) => device.when(input, waitMs)),
        )
        expect(runs[0]).toEqual(runs[1])
      }),
    )
  })
}

describe('port-monitor', () => {
  holdsFor(portMonitor)
})
describe('air-purifier', () => {
  holdsFor(airPurifier)
})
describe('sleep-pod', () => {
  holdsFor(sleepPod)
})
