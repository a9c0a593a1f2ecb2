import { describe, expect, test } from 'vitest'
import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { complaints, node } from './rule.fixture.ts'
import { wireUnderNode } from './wire-under-node.ts'

const at = (id: string, x: number, y: number, wires: string[][] = [[]]): FlowNode =>
  node(id, 'sort', wires, { x, y })

describe('a wire', () => {
  test('from a node to the next is fine', () => {
    const flow = [at('a', 100, 100, [['b']]), at('b', 300, 100, [['c']]), at('c', 500, 100)]
    expect(complaints(wireUnderNode, flow)).toEqual([])
  })

  test('under a node between its ends is found', () => {
    const flow = [at('a', 100, 100, [['c']]), at('b', 300, 100), at('c', 500, 100)]
    expect(complaints(wireUnderNode, flow)).toEqual([
      'warning a: the wire from output 1 to sort c runs under sort b, as if it were wired to that. ' +
        'Move one of them.',
    ])
  })

  test('that passes above the node is fine', () => {
    const flow = [at('a', 100, 100, [['c']]), at('b', 300, 130), at('c', 500, 100)]
    expect(complaints(wireUnderNode, flow)).toEqual([])
  })

  test('is judged by the output that it leaves', () => {
    // The third output is 13 px below the middle.
    const wires = [[], [], ['c']]
    const flow = [at('a', 100, 100, wires), at('b', 220, 124), at('c', 800, 100)]
    expect(complaints(wireUnderNode, flow)).toEqual([expect.stringContaining('output 3 to sort c')])
    expect(complaints(wireUnderNode, [at('a', 100, 100, [['c'], [], []]), ...flow.slice(1)])).toEqual([])
  })

  test('back in the same row dips below it, under what stands there', () => {
    const back = [at('a', 500, 100, [['c']]), at('c', 100, 100)]
    expect(complaints(wireUnderNode, [...back, at('row', 300, 100)])).toEqual([])
    expect(complaints(wireUnderNode, [...back, at('below', 300, 135)])).toHaveLength(1)
  })

  test('back to another row crosses between both', () => {
    const back = [at('a', 700, 100, [['c']]), at('c', 100, 300)]
    expect(complaints(wireUnderNode, [...back, at('above', 400, 120)])).toEqual([])
    expect(complaints(wireUnderNode, [...back, at('between', 400, 200)])).toHaveLength(1)
  })
})
