import { describe, expect, test } from 'vitest'
import { decimalsOf, formatAgo, formatNumber, formatPercent, formatRate, plural } from './format.ts'

describe('numbers', () => {
  test.each([
    [0, 0],
    [23, 0],
    [22.5, 1],
    [22.987, 2],
    [0.1234, 3],
    [-61, 0],
    [12_345.67, 0],
    [1e21, 0],
  ])('%d has %d decimals', (value, decimals) => {
    expect(decimalsOf(value)).toBe(decimals)
  })

  test('are written as the locale has them, with a real minus', () => {
    expect(formatNumber(-1234.5, 1, 'en-US')).toBe('−1,234.5')
    expect(formatNumber(1234.5, 1, 'de-DE')).toBe('1.234,5')
  })

  test('keep the decimals they are told to', () => {
    expect(formatNumber(23, 1, 'en-US')).toBe('23.0')
  })

  test.each([
    [0, '0'],
    [0.034, '0.03'],
    [2.96, '3.0'],
    [1234.4, '1,234'],
  ])('a rate of %d a second is written %s', (rate, text) => {
    expect(formatRate(rate, 'en-US')).toBe(text)
  })

  test('one is not many', () => {
    expect(plural(1, 'device', 'devices', 'en-US')).toBe('1 device')
    expect(plural(1000, 'device', 'devices', 'en-US')).toBe('1,000 devices')
    expect(plural(0, 'crédit', 'crédits', 'fr')).toBe('0 crédit')
    expect(plural(1, 'crédito', 'créditos', 'pt-BR')).toBe('1 crédito')
  })

  test('one is not many in the language of the texts, where nothing else is said', () => {
    expect(plural(1, 'device', 'devices')).toBe('1 device')
  })

  test('a share has its sign where the language has it', () => {
    expect(formatPercent(0.205, 1, 'en-US')).toBe('20.5%')
    expect(formatPercent(0.2, 0, 'fr')).toMatch(/^20\s%$/)
  })
})

describe('how long ago', () => {
  const nowMs = Date.UTC(2026, 10, 21, 12)
  test.each([
    [-5000, 'now'],
    [14_999, 'now'],
    [15_000, '10 seconds ago'],
    [47_000, '40 seconds ago'],
    [60_000, '1 minute ago'],
    [3_599_000, '59 minutes ago'],
    [2 * 3_600_000, '2 hours ago'],
    [3 * 86_400_000, '3 days ago'],
  ])('%d ms is "%s"', (age, text) => {
    expect(formatAgo(nowMs - age, nowMs, 'en-US')).toBe(text)
  })

  test('beyond a month it is the date', () => {
    expect(formatAgo(nowMs - 40 * 86_400_000, nowMs, 'en-US')).toBe('Oct 12, 2026')
  })

  test('speaks the language of the browser', () => {
    expect(formatAgo(nowMs - 120_000, nowMs, 'pt-BR')).toBe('há 2 minutos')
  })
})
