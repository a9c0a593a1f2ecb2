import { expect, test } from 'vitest'
import { canBeFlooded, whenToTell } from './when-to-tell.ts'

const quietHours = {
  timeZone: 'Europe/Rome',
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const,
  from: '22:00',
  to: '07:00',
}
const channel = { quietHours: { ...quietHours, days: [...quietHours.days] } }
const night = Date.parse('2026-01-05T01:00:00Z')
const morning = Date.parse('2026-01-05T06:00:00Z')

test('in quiet hours it is told at their end, and at once when it is critical', () => {
  expect(whenToTell(channel, 'warning', night)).toBe(morning)
  expect(whenToTell(channel, 'critical', night)).toBe(night)
  expect(whenToTell(channel, 'warning', morning)).toBe(morning)
})

test('what is not grave enough for a channel is not told there', () => {
  expect(whenToTell({ minSeverity: 'warning' }, 'info', night)).toBeUndefined()
  expect(whenToTell({ minSeverity: 'warning' }, 'warning', night)).toBe(night)
})

test('a flood is one for people, and none for programs', () => {
  expect(canBeFlooded({ kind: 'email' })).toBe(true)
  expect(canBeFlooded({ kind: 'in-app' })).toBe(true)
  expect(canBeFlooded({ kind: 'webhook' })).toBe(false)
})
