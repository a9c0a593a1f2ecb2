import { expect, test } from 'vitest'
import { complaints, node } from './rule.fixture.ts'
import { unknownType } from './unknown-type.ts'

test('a type that nobody brings is refused, in disabled nodes too', () => {
  const flow = [node('a', 'calibarte', [], { d: true }), node('b', 'subflow:gone')]
  expect(complaints(unknownType, flow)).toEqual([
    expect.stringMatching(
      /^error a: the type "calibarte" does not exist, and one missing type stops all flows/,
    ),
    expect.stringMatching(/^error b: /),
  ])
})

test('Node-RED’s own types, the dashboard’s, ours and subflows are fine', () => {
  const flow = [
    node('a', 'inject'),
    node('b', 'ui-chart'),
    node('c', 'calibrate'),
    node('d', 'subflow:s'),
    node('e', 'group'),
    { id: 's', type: 'subflow', name: 'S' },
  ]
  expect(complaints(unknownType, flow)).toEqual([])
})
