import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isShallowJson } from './json-depth.ts'

test.each([
  ['[[1],[2],{"a":[3]}]', 3, true],
  ['[[1],[2],{"a":[3]}]', 2, false],
  ['{"a":"[[[[{{{{\\"[[["}', 1, true],
  ['"[[["', 0, true],
  ['['.repeat(60_000), 32, false],
  ['', 0, true],
])('%.30s within %i levels: %s', (text, levels, isShallow) => {
  expect(isShallowJson(text, levels)).toBe(isShallow)
})

test('agrees with the value that the text is of', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Object.values(value).reduce((deepest: number, each) => Math.max(deepest, depthOf(each)), 0)
      : 0
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const [text, depth] = [JSON.stringify(value), depthOf(value)]
      expect([isShallowJson(text, depth), isShallowJson(text, depth - 1)]).toEqual([true, depth === 0])
    }),
  )
})
