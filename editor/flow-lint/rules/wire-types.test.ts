import { describe, expect, test } from 'vitest'
import { complaints, node } from './rule.fixture.ts'
import { wireTypes } from './wire-types.ts'

describe('a wire', () => {
  test('between the same message types is fine, and so is any', () => {
    const flow = [
      node('u', 'uplink', [['d']]),
      node('d', 'decode', [['c'], ['l', 'see']]),
      node('c', 'calibrate', [['c', 'r']]),
      node('l', 'dead-letter'),
      node('r', 'reply'),
      node('see', 'debug'),
      node('i', 'inject', [['c']]),
    ]
    expect(complaints(wireTypes, flow)).toEqual([])
  })

  test('between types that do not fit is refused', () => {
    const flow = [node('u', 'uplink', [['c']], { name: 'Up' }), node('c', 'calibrate')]
    expect(complaints(wireTypes, flow)).toEqual([
      'error u: output 1 of uplink "Up" is wired to calibrate c, which takes reading and gets uplink. ' +
        'Wire it to a node that takes that, or put one in between that makes one of the other.',
    ])
  })

  test('that fits in part is a warning', () => {
    const flow = [node('m', 'mixed', [['c']]), node('c', 'calibrate')]
    expect(complaints(wireTypes, flow)).toEqual([
      expect.stringMatching(/^warning m: .* takes reading and may get booking\./),
    ])
  })

  test('to a node without input is refused, from a core node too', () => {
    const flow = [node('i', 'inject', [['u']]), node('u', 'uplink')]
    expect(complaints(wireTypes, flow)).toEqual([expect.stringMatching(/^error i: .* which has no input/)])
  })

  test('is judged from end to end through junctions and links', () => {
    const flow = [
      node('u', 'uplink', [['j']]),
      node('j', 'junction', [['out', 'j']]),
      node('out', 'link out', [], { links: ['in'] }),
      node('in', 'link in', [['c']]),
      node('c', 'calibrate'),
    ]
    expect(complaints(wireTypes, flow)).toEqual([expect.stringMatching(/^error u: .*calibrate c/)])
  })

  test('behind a core node is anything', () => {
    const flow = [node('u', 'uplink', [['w']]), node('w', 'switch', [['c']]), node('c', 'calibrate')]
    expect(complaints(wireTypes, flow)).toEqual([])
  })
})
