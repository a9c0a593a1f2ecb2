import { describe, expect, test } from 'vitest'
import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { boxOf, groupBox } from './node-box.ts'

const drawing = {
  nodeTypes: new Map([
    ['request', { outputs: [['request'], ['outcome']] }],
    ['device', { input: ['request'], outputs: [['outcome']] }],
    ['pin-check', { label: 'check a PIN', input: ['any'], outputs: [['a'], ['b'], ['c']] }],
  ]),
  operations: new Map([['getDevice', { method: 'get', path: '/api/v1/devices/:id', tag: 'devices' }]]),
}
const sizeOf = (node: Omit<FlowNode, 'id'> & { readonly type: string }): readonly [number, number] => {
  const { left, right, top, bottom } = boxOf({ x: 0, y: 0, wires: [], ...node, id: 'n' }, drawing)
  return [right - left, bottom - top]
}

describe('a node is drawn', () => {
  test.each<readonly [string, Omit<FlowNode, 'id'> & { readonly type: string }, number]>([
    ['with its name', { type: 'catch', name: 'what a node could not do' }, 220],
    ['with its type, when it has no name', { type: 'device' }, 100],
    ['with what its type is called in the editor', { type: 'pin-check' }, 140],
    [
      'with the longest of its lines',
      { type: 'pin-check', name: 'one\\n what a node could not do\\n x' },
      220,
    ],
    [
      'with what it changes',
      { type: 'change', rules: [{ t: 'set', p: 'payload.reading.value', pt: 'flow' }] },
      260,
    ],
    ['with the route of its operation', { type: 'request', operation: 'getDevice' }, 200],
    ['with its method and URL', { type: 'http in', method: 'get', url: '/api/v1/devices/:id' }, 200],
    ['without room for an input that it has not', { type: 'inject', name: 'from the streams' }, 160],
    ['wider for its input', { type: 'change', name: 'from the streams' }, 180],
    ['without a label', { type: 'change', name: 'what a node could not do', l: false }, 30],
    ['without a label, being a link', { type: 'link in', name: 'what a node could not do' }, 30],
    ['as a dot, being a junction', { type: 'junction' }, 10],
  ])('%s', (_, node, width) => {
    expect(sizeOf(node)[0]).toBe(width)
  })

  test('as high as its outputs need', () => {
    expect(sizeOf({ type: 'change', wires: [[], []] })[1]).toBe(30)
    expect(sizeOf({ type: 'change', wires: [[], [], [], [], []] })[1]).toBe(75)
  })

  test('as high as the outputs of its type need, wired or not', () => {
    expect(sizeOf({ type: 'pin-check' })[1]).toBe(45)
  })

  test('as high as its lines need', () => {
    expect(sizeOf({ type: 'device', name: 'one\\n two' })[1]).toBe(54)
  })

  test('about its x and y', () => {
    expect(boxOf({ id: 'n', type: 'device', x: 200, y: 100, wires: [[]] }, drawing)).toEqual({
      left: 150,
      right: 250,
      top: 85,
      bottom: 115,
    })
  })
})

test('a group that the editor never drew has no box', () => {
  expect(groupBox({ id: 'g', type: 'group', x: 1, y: 2, w: 3, h: 4 })).toEqual({
    left: 1,
    top: 2,
    right: 4,
    bottom: 6,
  })
  expect(groupBox({ id: 'g', type: 'group' })).toBeUndefined()
})
