import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonErrorPosition } from './json-position.ts'
import { parseNodes } from './parse.ts'

describe('a file that cannot be used is refused, naming', () => {
  test.each([
    ['[\n  {"id": "a",\n   "type": x}\n]', 'flows/a.json, line 3, column 12: not valid JSON'],
    ['[{"id": "a" "type": "b"}]', 'flows/a.json, line 1, column 13: not valid JSON'],
    ['[', 'flows/a.json, line 1, column 2: not valid JSON'],
    ['[] []', 'flows/a.json, line 1, column 4: not valid JSON'],
    ['[\n<<<<<<< HEAD\n{}\n', 'flows/a.json, line 2: an unresolved merge conflict'],
    ['{}', 'flows/a.json: not a list of nodes with id and type'],
    [
      '[{"id": "a", "type": "b"}, {"id": "c"}]',
      'flows/a.json: not a list of nodes with id and type at 1.type',
    ],
  ])('the place in %j', (text, message) => {
    expect(() => parseNodes('flows/a.json', text)).toThrow(message)
  })

  test('a place exactly when JSON.parse refuses the text', () => {
    const nearlyJson = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '{', ']', ',', '0', '-', '\\', '\n', 'e'))
      .map(([json, at, insert]) => {
        const offset = at % (json.length + 1)
        return json.slice(0, offset) + insert + json.slice(offset + (insert === '' ? 1 : 0))
      })
    const isRefused = (text: string): boolean => {
      try {
        JSON.parse(text)
        return false
      } catch {
        return true
      }
    }
    fc.assert(
      fc.property(nearlyJson, (text) => {
        expect(jsonErrorPosition(text) !== undefined).toBe(isRefused(text))
      }),
      { numRuns: 2000 },
    )
  })
})
