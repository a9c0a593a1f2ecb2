import { expect, test } from 'vitest'
import { commandText, outcomeOf, progressOf } from './outcome.ts'

test('a command is open until it has an end, and only an acknowledgment is a good one', () => {
  const statuses = ['pending', 'sent', 'acknowledged', 'failed', 'timeout', 'cancelled', 'expired'] as const
  expect(statuses.map((status) => progressOf({ status }))).toEqual([
    'open',
    'open',
    'done',
    'failed',
    'failed',
    'failed',
    'failed',
  ])
})

test('its outcome says after how many tries, and why it failed', () => {
  expect(outcomeOf({ status: 'acknowledged', errorMessage: null, retryCount: 0 })).toBe('done')
  expect(outcomeOf({ status: 'timeout', errorMessage: null, retryCount: 2 })).toBe(
    'no answer · after 3 tries',
  )
  expect(outcomeOf({ status: 'failed', errorMessage: 'door is open', retryCount: 0 })).toBe(
    'refused · door is open',
  )
})

test('a command reads as people write it', () => {
  expect(commandText({ action: 'setFanSpeed', value: 3 })).toBe('Set fan speed: 3')
  expect(commandText({ action: 'power', value: true })).toBe('Power: Yes')
  expect(commandText({ action: 'restart', value: null })).toBe('Restart')
})
