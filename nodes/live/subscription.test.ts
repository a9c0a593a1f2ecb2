import { expect, test } from 'vitest'
import { readSubscription } from './subscription.ts'

test.each([
  [undefined, [{}]],
  [{}, [{}]],
  [{ devices: ['d1'] }, [{ devices: ['d1'] }]],
  [
    [{ events: ['alert'] }, { devices: ['d1'], events: ['reading', 'state'] }],
    [{ events: ['alert'] }, { devices: ['d1'], events: ['reading', 'state'] }],
  ],
  [[], []],
])('%j is read', (request, parts) => {
  expect(readSubscription(request)).toEqual(parts)
})

test.each([
  { devices: 'd1' },
  { devices: { $gt: '' } },
  { events: [] },
  { events: ['a:b'] },
  { events: ['a/b'] },
  '__proto__',
  Array.from({ length: 21 }, () => ({})),
  { devices: Array.from({ length: 10_000 }, () => 'd'), events: ['reading', 'state', 'alert'] },
])('%j is none', (request) => {
  expect(readSubscription(request)).toEqual(expect.any(String))
})
