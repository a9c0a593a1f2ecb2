import { expect, test } from 'vitest'
import { countdown, heldFields, valueFrom } from './held.ts'

test('what holds a field says its layer, and until when where that is known', () => {
  const nowMs = Date.parse('2026-03-01T12:00:00Z')
  const common = {
    source: 'dashboard',
    sourceId: null,
    action: 'setFanSpeed',
    since: '2026-03-01T11:00:00Z',
    commandId: null,
  } as const
  const held = heldFields(
    {
      fields: {
        fanSpeed: { ...common, value: 5, layer: 'override', until: '2026-03-01T12:30:00Z' },
        power: { ...common, value: true, layer: 'manual', until: null },
      },
    },
    nowMs,
  )
  expect(held).toMatchObject([
    { field: 'fanSpeed', name: 'Fan speed', value: '5', layer: 'override' },
    { field: 'power', value: 'Yes', layer: 'by hand' },
  ])
  expect(held[0]?.when).toMatch(/since .*, until .*:30/)
  expect(held[1]?.when).not.toContain('until')
})

test('the time that is left goes down to zero and no further', () => {
  expect(countdown(3_725_000)).toBe('1:02:05')
  expect(countdown(246_001)).toBe('4:07')
  expect(countdown(1)).toBe('0:01')
  expect(countdown(-5000)).toBe('0:00')
})

test('a value is what its command takes', () => {
  expect(valueFrom('boolean', 'true')).toBe(true)
  expect(valueFrom('integer', '3')).toBe(3)
  expect(valueFrom('number', '')).toBeUndefined()
  expect(valueFrom('number', 'much')).toBeUndefined()
  expect(valueFrom('string', 'hello')).toBe('hello')
  expect(valueFrom('none', '')).toBeUndefined()
})
