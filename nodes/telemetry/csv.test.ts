import { describe, expect, test } from 'vitest'
import { csvRow } from './csv.ts'

describe('a row of comma-separated values', () => {
  test('keeps numbers and plain text as they are', () => {
    expect(csvRow(['2025-09-06T12:00:00.000Z', 1, -2.5, 'PM2.5', 'µg/m³', ''])).toBe(
      '2025-09-06T12:00:00.000Z,1,-2.5,PM2.5,µg/m³,\r\n',
    )
  })

  test('quotes what has a meaning in the format', () => {
    expect(csvRow(['a,b', 'say "x"', 'two\nlines'])).toBe('"a,b","say ""x""","two\nlines"\r\n')
  })

  test.each(['=cmd|calc!A1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('disarms %j', (text) => {
    expect(csvRow([text])).toBe(`"'${text}"\r\n`)
  })
})
