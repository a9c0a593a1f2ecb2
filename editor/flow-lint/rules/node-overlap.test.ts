import { expect, test } from 'vitest'
import { nodeOverlap } from './node-overlap.ts'
import { complaints, node } from './rule.fixture.ts'

const at = (id: string, x: number, y: number, more: object = {}): ReturnType<typeof node> =>
  node(id, 'sort', [[]], { x, y, ...more })

test('nodes side by side, and one below the other, are fine', () => {
  expect(complaints(nodeOverlap, [at('a', 100, 100), at('b', 200, 100), at('c', 100, 130)])).toEqual([])
})

test('a node over another is found', () => {
  expect(complaints(nodeOverlap, [at('a', 100, 100), at('b', 190, 120)])).toEqual([
    'warning b: it covers sort a in the editor. Move one of them.',
  ])
})

test('a long label makes a node as wide as the editor draws it', () => {
  const long = node('in', 'request', [[], []], { operation: 'getDevice', x: 100, y: 100 })
  // 180 px wide, so it ends at 190.
  expect(complaints(nodeOverlap, [long, at('free', 240, 100)])).toEqual([])
  expect(complaints(nodeOverlap, [long, at('covered', 239, 100)])).toHaveLength(1)
})

test('nodes of different tabs do not cover each other', () => {
  const other = { id: 'u', type: 'tab', label: 'Other' }
  expect(complaints(nodeOverlap, [at('a', 100, 100), other, at('b', 100, 100, { z: 'u' })])).toEqual([])
})
