import { expect, test } from 'vitest'
import { preferredWaitMs } from './prefer.ts'

test.each([
  ['wait=5', 5000],
  ['respond-async, wait=10', 10_000],
  ['Wait="3"; x=1', 3000],
  ['wait=0', 0],
  ['wait=999999', 60_000],
])('%s', (header, ms) => {
  expect(preferredWaitMs(header)).toBe(ms)
})

test.each([undefined, '', 'wait', 'wait=-1', 'wait=1.5', 'handling=lenient', 'await=5'])(
  '%s says nothing',
  (header) => {
    expect(preferredWaitMs(header)).toBeUndefined()
  },
)
