import { expect, test } from 'vitest'
import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { groupBounds } from './group-bounds.ts'
import { complaints, node } from './rule.fixture.ts'

const group = (id: string, more: object = {}): FlowNode => ({
  id,
  type: 'group',
  z: 't',
  name: id,
  x: 0,
  y: 0,
  w: 200,
  h: 100,
  ...more,
})
const at = (x: number, more: object = {}): FlowNode => node('n', 'sort', [[]], { x, y: 50, ...more })

test('a node within its group, and one outside of all, are fine', () => {
  expect(complaints(groupBounds, [group('g'), at(100, { g: 'g' })])).toEqual([])
  expect(complaints(groupBounds, [group('g'), at(250)])).toEqual([])
})

test.each([
  ['beside', 400],
  ['halfway out of', 160],
])('a node %s its group is found', (_, x) => {
  expect(complaints(groupBounds, [group('g'), at(x, { g: 'g' })])).toEqual([
    'warning n: it stands outside its group "g". Move it in, or take it out of the group.',
  ])
})

test('a node in a group to which it does not belong is found', () => {
  expect(complaints(groupBounds, [group('g'), at(100)])).toEqual([
    'warning n: it stands in group "g", to which it does not belong. Move it, or add it to the group.',
  ])
})

test('a node belongs to the groups around its own', () => {
  const outer = group('outer', { x: -50, y: -50, w: 400, h: 300 })
  expect(complaints(groupBounds, [outer, group('g', { g: 'outer' }), at(100, { g: 'g' })])).toEqual([])
  expect(complaints(groupBounds, [outer, group('g'), at(100, { g: 'g' })])).toHaveLength(1)
})

test('a group of another tab, or one that was never drawn, holds nothing', () => {
  const elsewhere = group('g', { z: 'u' })
  expect(complaints(groupBounds, [elsewhere, group('h', { w: undefined }), at(100, { g: 'h' })])).toEqual([])
})
