import { describe, expect, test } from 'vitest'
import { missingCatch } from './missing-catch.ts'
import { complaints, node } from './rule.fixture.ts'

const work = [node('a', 'calibrate', [], { name: 'Cal', g: 'g' }), node('b', 'decode')]

describe('a tab with platform nodes', () => {
  test('needs a catch node', () => {
    expect(complaints(missingCatch, work)).toEqual([
      expect.stringMatching(/^error t: no catch node takes the errors of calibrate "Cal" and 1 more/),
    ])
  })

  test.each([{}, { scope: null }, { scope: ['a', 'b'] }, { uncaught: true }])(
    'is fine with one that sees its nodes: %j',
    (scope) => {
      expect(complaints(missingCatch, [...work, node('c', 'catch', [], scope)])).toEqual([])
    },
  )

  test.each([{ scope: ['a'] }, { scope: 'group', g: 'g' }])(
    'names what a narrow one leaves out: %j',
    (scope) => {
      expect(complaints(missingCatch, [...work, node('c', 'catch', [], scope)])).toEqual([
        expect.stringContaining('the errors of decode b,'),
      ])
    },
  )

  test.each([{ z: 'other' }, { d: true }])('is not helped by one elsewhere or disabled: %j', (more) => {
    expect(complaints(missingCatch, [...work, node('c', 'catch', [], more)])).toHaveLength(1)
  })
})

test('core nodes and config nodes need none', () => {
  const flow = [node('a', 'inject'), { id: 'c', type: 'class', z: 't' }]
  expect(complaints(missingCatch, flow)).toEqual([])
})

test('widgets need none: no message goes into them', () => {
  expect(complaints(missingCatch, [node('a', 'ui-latest')])).toEqual([])
})

test('a tab with an uplink node needs none: the stream brings back what failed', () => {
  expect(complaints(missingCatch, [...work, node('u', 'uplink')])).toEqual([])
  expect(complaints(missingCatch, [...work, node('u', 'uplink', [], { z: 'other' })])).toHaveLength(1)
})
