import { expect, test } from 'vitest'
import { guardRoute } from './guard-route.ts'
import { complaints, node } from './rule.fixture.ts'

const guarded = (method: string, url: string, operation: string): string[] =>
  complaints(guardRoute, [
    node('in', 'http in', [['look']], { method, url }),
    node('look', 'change', [['guard']]),
    node('guard', 'guard', [['in2']], { operation }),
  ])

test.each([
  ['get', '/api/devices/:id', 'getDevice'],
  ['get', 'api/devices/:id', 'getDevice'],
  ['get', '/api/v1/example', ''],
])('an http in for %s %s may have the guard %j', (method, url, operation) => {
  expect(guarded(method, url, operation)).toEqual([])
})

test.each([
  ['post', '/api/devices/:id', 'POST /api/devices/:id'],
  ['get', '/api/devices', 'GET /api/devices'],
  ['get', '/api/devices/:device', 'GET /api/devices/:device'],
])('an http in for %s %s is refused before a guard of another route', (method, url, route) => {
  expect(guarded(method, url, 'getDevice')).toEqual([
    `error in: it serves ${route}, and guard guard behind it guards GET /api/devices/:id. ` +
      `Put a request node in place of both.`,
  ])
})
