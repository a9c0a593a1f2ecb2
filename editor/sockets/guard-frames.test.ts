import { expect, test } from 'vitest'
import { faultOfEvent } from './guard-frames.ts'

const nested = (levels: number): unknown =>
  Array.from({ length: levels }).reduce((inner: unknown) => ({ inner }), 1)

test.each([
  [['widget-action', 'abc', { payload: 1 }]],
  [['widget-load', 'ui-notification']],
  [['a-widget-of-ones-own', { any: 'thing' }, 1, () => undefined]],
  [['widget-action', 'abc', nested(30)]],
])('%j is an event of a page', (event) => {
  expect(faultOfEvent(event)).toBeUndefined()
})

test.each([
  [[]],
  [[null]],
  [[{}]],
  [['widget-load']],
  [['widget-load', {}]],
  [['widget-load', null]],
  [['widget-action', 'x'.repeat(201)]],
  [['x'.repeat(201)]],
  [['widget-action', 'abc', JSON.parse('{"__proto__":{"a":1}}')]],
  [['widget-action', 'abc', nested(40)]],
  [['widget-action', 'abc', 1, 2, 3, 4, 5, 6, 7, 8]],
])('%j is none', (event) => {
  expect(faultOfEvent(event)).toBeTypeOf('string')
})
