import { expect, test } from 'vitest'
import { aClass } from './device.fixture.ts'
import { checkCommand } from './check-command.ts'

const purifier = aClass({
  commands: [
    { name: 'setFanSpeed', value: { type: 'integer', min: 0, max: 5 } },
    { name: 'setTarget', value: { type: 'number', min: -5.5, max: 30 } },
    { name: 'lock', value: { type: 'boolean' } },
    { name: 'say', value: { type: 'string', maxLength: 5 } },
    { name: 'turnOn' },
  ],
})

test.each([
  ['setFanSpeed', 0],
  ['setFanSpeed', 5],
  ['setTarget', 21.5],
  ['lock', false],
  ['say', 'hello'],
  ['turnOn', undefined],
  ['turnOn', null],
])('%s %s fits', (action, value) => {
  expect(checkCommand(purifier, action, value)).toMatchObject({ kind: 'fits', value: value ?? null })
})

test.each([
  ['setFanSpeed', 6, 'value', 'must be 0 to 5'],
  ['setFanSpeed', -1, 'value', 'must be 0 to 5'],
  ['setFanSpeed', 2.5, 'value', 'must be a whole number'],
  ['setFanSpeed', '3', 'value', 'must be a number'],
  ['setFanSpeed', undefined, 'value', 'the action needs a value'],
  ['setTarget', Number.NaN, 'value', 'must be a number'],
  ['lock', 1, 'value', 'must be true or false'],
  ['say', 'goodbye', 'value', 'must have at most 5 characters'],
  ['turnOn', 3, 'value', 'the action takes no value'],
  ['explode', undefined, 'action', 'is none of setFanSpeed, setTarget, lock, say, turnOn'],
  ['constructor', undefined, 'action', 'is none of setFanSpeed, setTarget, lock, say, turnOn'],
])('%s %s does not: %s %s', (action, value, path, message) => {
  expect(checkCommand(purifier, action, value)).toEqual({ kind: 'wrong', path, message })
})

test('a class without a topic for commands takes none', () => {
  const { command: _, ...topics } = purifier.topics
  expect(checkCommand({ ...purifier, topics }, 'turnOn', undefined)).toMatchObject({ kind: 'wrong' })
})
