import { describe, expect, test } from 'vitest'
import { idlePool } from '../platform/expressions/idle-pool.fixture.ts'
import { callOperation } from '../http/call-operation.fixture.ts'
import { faultOfClass } from './class-faults.ts'
import { classTemplates, classWithLevel } from './class-templates.ts'
import { operation as tryDeviceClass } from '../telemetry/operations/try-device-class.ts'

const receivedAt = '2026-01-05T08:00:05Z'
const samples = classTemplates.flatMap((template) =>
  template.samples.map((sample) => [template.key, sample.topic, template, sample] as const),
)
const needed = {
  clock: { nowMs: () => 0 },
  devices: { directory: { byAddress: () => [] } },
  expressions: idlePool,
}

test('there are the makes that many have, and ours', () => {
  expect(classTemplates.map(({ key }) => key)).toEqual([
    'chirpstack',
    'chirpstack-server',
    'esphome',
    'shelly',
    'tasmota',
    'zigbee2mqtt',
    'zigbee2mqtt-bridge',
    'port-monitor',
    'air-purifier',
    'sleep-pod',
  ])
})

describe.each(classTemplates.map((template) => [template.key, template] as const))('%s', (_, template) => {
  test('fits together, and has samples and a way to set it up', () => {
    expect(faultOfClass(template.class)).toBeUndefined()
    expect(faultOfClass(classWithLevel(template, template.asks?.example ?? ''))).toBeUndefined()
    expect(template.class.key).toBe(template.key)
    expect([template.samples.length > 0, template.setUp.length > 0]).toEqual([true, true])
  })
})

const commands = classTemplates.flatMap((template) =>
  template.commands.map((command) => [template.key, command.action, template, command] as const),
)

test.each(commands)('to %s, %s is said as it says', async (_, action, template, command) => {
  const { device, payload, topic, value } = command
  const wanted = { action, device, ...(value === undefined ? {} : { value }) }
  const answer = await callOperation(tryDeviceClass, needed, {
    body: { class: classWithLevel(template, template.asks?.example ?? ''), commands: [wanted] },
  })
  expect(answer.body).toEqual({ items: [], commands: [{ action, topic, payload, reason: null }] })
})

test.each(samples)('a sample of %s on %s becomes what it says', async (_, topic, template, sample) => {
  const body = { class: template.class, samples: [{ topic, payload: sample.payload, receivedAt }] }
  const answer = await callOperation(tryDeviceClass, needed, { body })
  const readings = sample.readings.map(([port, rawValue]) => ({ port, rawValue }))
  expect(answer).toMatchObject({
    status: 200,
    body: { items: [{ reports: sample.reports, lifecycle: sample.lifecycle, readings, reasons: [] }] },
  })
  expect(answer.body).toHaveProperty('items.0.readings.length', readings.length)
})
