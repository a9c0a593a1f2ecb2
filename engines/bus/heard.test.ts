import { expect, test } from 'vitest'
import { HeardInstances } from './heard.ts'

const everyMs = 1000

test('numbers that follow on one another are in order, a number left out is a gap, an old one a repeat', () => {
  const heard = new HeardInstances(0, everyMs)
  expect([1, 2, 3, 5, 5, 4, 6].map((number) => heard.hear('a', number, 10))).toEqual([
    'in order',
    'in order',
    'in order',
    'missed',
    'repeated',
    'repeated',
    'in order',
  ])
})

test('each instance has numbers of its own', () => {
  const heard = new HeardInstances(0, everyMs)
  expect(heard.hear('a', 1, 10)).toBe('in order')
  expect(heard.hear('b', 7, 10)).toBe('in order')
  expect(heard.hear('a', 2, 10)).toBe('in order')
})

test('whoever was there before is no gap; a newcomer whose first events were not heard is one', () => {
  const heard = new HeardInstances(0, everyMs)
  expect(heard.hear('older', 4711, 2 * everyMs)).toBe('in order')
  expect(heard.hear('newcomer', 1, 10 * everyMs)).toBe('in order')
  expect(heard.hear('half-heard', 3, 10 * everyMs)).toBe('missed')
})

test('present is who was heard within three times the interval', () => {
  const heard = new HeardInstances(0, everyMs)
  heard.hear('a', 1, 0)
  heard.hear('b', 1, 2000)
  expect(heard.present(3000)).toEqual(['a', 'b'])
  expect(heard.present(3001)).toEqual(['b'])
  expect(heard.present(6000)).toEqual([])
})

test('an instance that was silent for long is forgotten, and what it says next begins anew', () => {
  const heard = new HeardInstances(0, everyMs)
  heard.hear('a', 5, 0)
  heard.present(100 * everyMs + 1)
  expect(heard.hear('a', 9, 100 * everyMs + 2)).toBe('missed')
})
