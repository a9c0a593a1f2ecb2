import jsonata from 'jsonata'
import { describe, expect, test } from 'vitest'
import { asError, presentable } from './presentable.ts'

describe('an error as it is shown', () => {
  test('is its message', () => {
    expect(presentable(new Error('no such port'))).toBe('no such port')
  })

  test.each([
    ['a text', 'no such port', 'no such port'],
    ['a plain object', { message: 'no such port', stack: 'at /srv/app/main.ts:1:2' }, 'no such port'],
    ['an object without a message', { stack: 'at /srv/app/main.ts:1:2' }, 'an error without a message'],
    ['nothing', undefined, 'an error without a message'],
    ['an empty error', new Error(''), 'an error without a message'],
    ['a number', 7, '7'],
  ])('is what it says when it is %s', (_, thrown, shown) => {
    expect(presentable(thrown)).toBe(shown)
  })

  test('is what JSONata says of a value, and nothing of where JSONata is', async () => {
    const thrown: unknown = await jsonata('t + 1')
      .evaluate({ t: 'warm' })
      .catch((error: unknown) => error)
    expect(thrown).toHaveProperty('stack')
    expect(presentable(thrown)).toBe('The left side of the "+" operator must evaluate to a number')
  })

  test('has no stack, when that is in the message', () => {
    const message = 'broken\n    at decode (/srv/app/decode.ts:3:4)\n    at node:internal/process:1:2'
    expect(presentable(new Error(message))).toBe('broken')
  })

  test.each([
    ["ENOENT: no such file, open '/srv/fleetloom/data/x.db'", "ENOENT: no such file, open '…'"],
    ['Cannot find module /srv/app/x.js:3:4', 'Cannot find module …'],
    ['cannot import file:///srv/app/x.js', 'cannot import …'],
    [String.raw`open C:\data\x.db failed`, 'open … failed'],
  ])('has no path: %s', (message, shown) => {
    expect(presentable(new Error(message))).toBe(shown)
  })

  test.each([
    'org/acme/device/d1/telemetry is not its topic',
    '1 / 2 is no integer, nor is 3/4',
    'expected application/json',
    'see https://example.org/docs/decode',
    'readings.0.value: 12:30 on 2025/09/06',
  ])('keeps what only looks like one: %s', (message) => {
    expect(presentable(new Error(message))).toBe(message)
  })

  test('is one line, and short', () => {
    expect(presentable(new Error('one\n\ttwo\u0000three'))).toBe('one two three')
    expect(presentable(new Error('x'.repeat(99_999)), 60)).toBe(`${'x'.repeat(59)}…`)
  })
})

describe('what was thrown', () => {
  test('stays itself when it is an error, and becomes one when it is not', () => {
    const error = new Error('no such port')
    expect(asError(error)).toBe(error)
    expect(asError('no such port')).toMatchObject({ message: 'no such port', cause: 'no such port' })
    expect(asError(7).message).toBe('7')
  })
})
