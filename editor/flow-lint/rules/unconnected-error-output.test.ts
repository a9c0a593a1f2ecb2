import { expect, test } from 'vitest'
import { complaints, node } from './rule.fixture.ts'
import { unconnectedErrorOutput } from './unconnected-error-output.ts'

test('an output that carries only errors has to be wired', () => {
  expect(complaints(unconnectedErrorOutput, [node('a', 'decode', [['b'], []])])).toEqual([
    'error a: output 2 of decode a carries errors and is not connected, so they vanish. ' +
      'Wire it to a dead-letter, notify or reply node.',
  ])
  const wired = [node('a', 'decode', [[], ['d']]), node('d', 'dead-letter')]
  expect(complaints(unconnectedErrorOutput, wired)).toEqual([])
})

test('a wire to a disabled node is none', () => {
  const flow = [node('a', 'decode', [[], ['d']]), node('d', 'dead-letter', [], { d: true })]
  expect(complaints(unconnectedErrorOutput, flow)).toHaveLength(1)
})

test('a catch node has to be wired', () => {
  expect(complaints(unconnectedErrorOutput, [node('c', 'catch')])).toHaveLength(1)
})

test('a type can say itself which of its outputs are for errors', () => {
  expect(complaints(unconnectedErrorOutput, [node('m', 'mixed')])).toEqual([])
})
