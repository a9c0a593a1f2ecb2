import { expect, test } from 'vitest'
import { dayIn, dayStartIn, monthIn } from './fiscal.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

test.each([
  ['2026-03', 'UTC', '2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
  ['2026-03', 'America/Sao_Paulo', '2026-03-01T03:00:00.000Z', '2026-04-01T03:00:00.000Z'],
  // Summer time begins within it.
  ['2026-03', 'Europe/Rome', '2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z'],
  ['2026-12', 'Pacific/Auckland', '2026-11-30T11:00:00.000Z', '2026-12-31T11:00:00.000Z'],
])('%s in %s is from %s to %s', (month, zone, from, to) => {
  const { fromMs, toMs } = monthIn(month, zone)
  expect([iso(fromMs), iso(toMs)]).toEqual([from, to])
})

test('a day begins at its midnight there, also when clocks change', () => {
  const starts = ['2026-03-28', '2026-03-29', '2026-03-30'].map((day) => iso(dayStartIn(day, 'Europe/Rome')))
  expect(starts).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'])
})

test('each instant is in one month, and its day in that month', () => {
  for (const zone of ['Europe/Rome', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Pacific/Apia'])
    for (let n = 1; n < 12; n += 1) {
      const [month, next] = [n, n + 1].map((number) => `2026-${String(number).padStart(2, '0')}`)
      const { toMs } = monthIn(month ?? '', zone)
      expect(toMs).toBe(monthIn(next ?? '', zone).fromMs)
      expect([dayIn(toMs - 1, zone).slice(0, 7), dayIn(toMs, zone)]).toEqual([month, `${next}-01`])
    }
})
