import { describe, expect, test } from 'vitest'
import { parseExpression } from './parse-expression.ts'

describe('an expression', () => {
  test('is evaluated with patterns that take linear time, those that it makes itself as well', async () => {
    const v = `${'a'.repeat(10_000)}!`
    expect(await parseExpression('$contains(v, /^(a+)+$/)').evaluate({ v })).toBe(false)
    expect(await parseExpression('$eval("$contains(v, /^(a+)+$/)", $)').evaluate({ v })).toBe(false)
  })

  test.each([
    ['looks ahead', '$match(v, /a(?=b)/)', 'the pattern /a(?=b)/ is not supported: '],
    ['refers back', '$f(x.y[$match(v, /(a)\\1/)])', 'the pattern /(a)\\1/ is not supported: '],
    [
      'repeats too often',
      '$match(v, /(a{500})(b{501})/)',
      'the patterns repeat more than 1000 times by number',
    ],
    [
      'repeats too often in all',
      '$match(v, /a{600}/) = $match(v, /b{2,600}/)',
      'the patterns repeat more than 1000 times',
    ],
    ['nests without end', '('.repeat(4000), /.+/],
  ])('whose pattern %s is none', (_, source, message) => {
    expect(() => parseExpression(source)).toThrow(message)
  })

  test('makes no sequence that alone takes all memory', async () => {
    await expect(parseExpression('[1..3000000]').evaluate({})).rejects.toMatchObject({ code: 'D2015' })
  })
})
