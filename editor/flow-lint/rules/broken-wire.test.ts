import { expect, test } from 'vitest'
import { brokenWire } from './broken-wire.ts'
import { complaints, node } from './rule.fixture.ts'

test('a wire to a node that is missing or on another tab is refused', () => {
  const flow = [
    node('a', 'inject', [['gone', 'far', 'b']]),
    node('b', 'debug'),
    node('far', 'debug', [], { z: 'u' }),
  ]
  expect(complaints(brokenWire, flow)).toEqual([
    expect.stringMatching(/^error a: it is wired to gone, which is not on the same tab/),
    expect.stringMatching(/^error a: it is wired to far, /),
  ])
})
