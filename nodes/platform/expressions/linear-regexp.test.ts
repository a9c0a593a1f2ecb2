import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LinearRegExp } from './linear-regexp.ts'

const all = (engine: Pick<RegExp, 'exec' | 'lastIndex'>, text: string): unknown[] => {
  const found: unknown[] = []
  engine.lastIndex = 0
  for (let match = engine.exec(text); match !== null; match = engine.exec(text)) {
    found.push([match.index, ...match])
    if (match[0] === '') engine.lastIndex += 1
  }
  return found
}
const linear = (pattern: RegExp): Pick<RegExp, 'exec' | 'lastIndex'> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the part of a RegExp that is compared
  new LinearRegExp(pattern) as unknown as RegExp

describe('a linear pattern', () => {
  test.each([
    /a+/g,
    /(a)|(b)/g,
    /^a|b$/g,
    /^a/gm,
    /É/gi,
    /[^b]+/g,
    /\d{2,3}/g,
    /(?<n>a)b?/g,
    /a*?b/g,
    /\bab\b/g,
  ])('finds what %s finds, from one match to the next', (pattern) => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'A', '1', ' ', '\n', 'é') }), (text) => {
        expect(all(linear(pattern), text)).toEqual(all(new RegExp(pattern), text))
      }),
    )
  })

  test('begins at the start again when there is nothing more', () => {
    const engine = linear(/a/g)
    expect(engine.exec('a')?.index).toBe(0)
    expect(engine.exec('a')).toBeNull()
    expect(engine.exec('a')?.index).toBe(0)
  })

  test('takes no longer for a text on which backtracking would never end', () => {
    expect(linear(/^(a+)+$/).exec(`${'a'.repeat(50_000)}!`)).toBeNull()
  })

  test.each([/a(?=b)/, /a(?!b)/, /(?<=a)b/, /(?<!a)b/, /(a)\1/])('is not made of %s', (pattern) => {
    expect(() => new LinearRegExp(pattern)).toThrow(/.+/)
  })
})
