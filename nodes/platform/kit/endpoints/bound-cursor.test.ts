import { describe, expect, test } from 'vitest'
import { InvalidCursor } from '../invalid-cursor.ts'
import { bindCursor, openCursor } from './bound-cursor.ts'

const cursor = { inner: '1757116800000:3', fromMs: 1, toMs: 2.5e12 }
const question = ['org-1', 'device-1', 3, undefined, 'ascending']

describe('a bound cursor', () => {
  test('comes back for the question it was made for', () => {
    const bound = bindCursor(cursor, question)
    expect(openCursor(bound, [...question])).toEqual(cursor)
  })

  test('is refused for any other question', () => {
    const bound = bindCursor(cursor, question)
    for (const other of [[], ['org-2', ...question.slice(1)], [...question, 1], question.toReversed()])
      expect(() => openCursor(bound, other)).toThrow(InvalidCursor)
  })

  test('is refused when it is none', () => {
    const bound = bindCursor(cursor, question)
    const wrong = ['', 'x', '%', '~~~', bound.slice(4), bound.toUpperCase(), bound.replaceAll('~', ':')]
    for (const text of wrong) expect(() => openCursor(text, question)).toThrow(InvalidCursor)
  })
})
