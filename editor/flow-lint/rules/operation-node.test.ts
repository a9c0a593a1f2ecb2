import { expect, test } from 'vitest'
import { operationNode } from './operation-node.ts'
import { complaints, node } from './rule.fixture.ts'

const entrances = [
  ['request', { operation: 'getDevice' }],
  ['guard', { operation: 'getDevice' }],
] as const

test.each(entrances)('a %s wired to a node that carries its operation out is fine', (type, more) => {
  const flow = [node('in', type, [['work'], ['reply']], more), node('work', 'device'), node('reply', 'reply')]
  expect(complaints(operationNode, flow)).toEqual([])
})

test.each(entrances)(
  'a %s wired to a node that does not carry its operation out is refused',
  (type, more) => {
    const flow = [
      node('in', type, [['work'], ['reply']], more),
      node('work', 'history', [], { name: 'past' }),
    ]
    expect(complaints(operationNode, flow)).toEqual([
      'error in: getDevice is an operation of devices, and history "past" carries out those of history. ' +
        'Wire it to a node that carries it out.',
    ])
  },
)

test('a request is followed through foreign nodes, and no further than the first of ours', () => {
  const flow = [
    node('in', 'request', [['look']], { operation: 'getDevice' }),
    node('look', 'change', [['out']]),
    node('out', 'link out', [], { links: ['far'] }),
    node('far', 'link in', [['right', 'wrong']]),
    node('right', 'device', [['after']]),
    node('wrong', 'history'),
    node('after', 'history', [], { name: 'after' }),
  ]
  expect(complaints(operationNode, flow)).toEqual([expect.stringContaining('history wrong carries out')])
})

test('an operation that no package declares is refused', () => {
  const flow = [
    node('in', 'request', [[], []], { operation: 'openDoor' }),
    node('other', 'guard', [[], []], { operation: 'shutDoor' }),
    node('empty', 'request', [[], []]),
  ]
  expect(complaints(operationNode, flow)).toEqual([
    expect.stringMatching(/^error in: there is no operation named "openDoor"/),
    expect.stringMatching(/^error other: there is no operation named "shutDoor"/),
    expect.stringMatching(/^error empty: there is no operation named ""/),
  ])
})

test('a guard of an endpoint that exists only in the flow names none', () => {
  const flow = [node('own', 'guard', [['work']], { operation: '' }), node('work', 'history')]
  expect(complaints(operationNode, flow)).toEqual([])
})
