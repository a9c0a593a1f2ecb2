import { expect, test } from 'vitest'
import { complaints, node } from './rule.fixture.ts'
import { routeTwice } from './route-twice.ts'

const request = node('in', 'request', [[], []], { operation: 'getDevice' })
const other = { id: 'u', type: 'tab', label: 'Other' }

test('routes that differ in method or path are fine', () => {
  const flow = [
    request,
    node('post', 'request', [[], []], { operation: 'createDevice' }),
    node('own', 'http in', [[]], { method: 'get', url: '/api/devices' }),
  ]
  expect(complaints(routeTwice, flow)).toEqual([])
})

test.each([
  ['request', { operation: 'getDevice' }],
  ['http in', { method: 'get', url: '/api/devices/:device' }],
])('the second that serves a route is refused, also on another tab: %s', (type, more) => {
  expect(
    complaints(routeTwice, [request, other, node('again', type, [[], []], { ...more, z: 'u' })]),
  ).toEqual([
    'error again: it serves the same method and path as request in; only one of them gets the requests. ' +
      'Remove or disable one.',
  ])
})

test('one that is disabled serves nothing', () => {
  const again = node('again', 'request', [[], []], { operation: 'getDevice', d: true })
  expect(complaints(routeTwice, [request, again])).toEqual([])
})
