import { describe, expect, test } from 'vitest'
import { csvCells } from './csv.ts'

describe('a row of comma-separated values', () => {
  test('keeps numbers and plain text as they are', () => {
    expect(csvCells(['2025-09-06T12:00:00.000Z', 1, -2.5, 'PM2.5', 'µg/m³', ''])).toBe(
      '2025-09-06T12:00:00.000Z,1,-2.5,PM2.5,µg/m³,',
    )
  })

  test('quotes what has a meaning in the format', () => {
    expect(csvCells(['a,b', 'say "x"', 'two\nlines'])).toBe('"a,b","say ""x""","two\nlines"')
  })

  test.each(['=cmd|calc!A1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('disarms %j', (text) => {
    expect(csvCells([text])).toBe(`"'${text}"`)
  })
})
