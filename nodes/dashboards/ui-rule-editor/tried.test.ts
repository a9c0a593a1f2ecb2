import { expect, test } from 'vitest'
import { bandsOf, durationsOf, formatSpan } from './tried.ts'

const endMs = Date.parse('2026-01-05T12:00:00Z')
const firings = [
  { firedAt: '2026-01-05T08:00:00Z', resolvedAt: '2026-01-05T08:30:00Z' },
  { firedAt: '2026-01-05T11:00:00Z', resolvedAt: null },
]

test('an alert is open until it ends, or the period does', () => {
  const bands = bandsOf(firings, endMs)
  expect(bands.map(({ fromMs, toMs }) => (toMs - fromMs) / 60_000)).toEqual([30, 60])
  expect(durationsOf(bands)).toEqual({ totalMs: 90 * 60_000, longestMs: 60 * 60_000 })
  expect(durationsOf([])).toEqual({ totalMs: 0, longestMs: 0 })
})

test.each([
  [0, '0 seconds'],
  [59_000, '59 seconds'],
  [90_000, '1.5 minutes'],
  [3_600_000, '1 hour'],
  [3 * 86_400_000, '3 days'],
])('%d ms are %s', (ms, text) => {
  expect(formatSpan(ms, 'en-US')).toBe(text)
})
