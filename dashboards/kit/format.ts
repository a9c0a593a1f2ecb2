import { language } from './language.ts'

const byDecimals = new Map<string, Intl.NumberFormat>()

/** Numbers and times in the browser's language; the locale is a parameter for tests only. */
export type Locale = string | undefined

function numberFormat(decimals: number, locale: Locale): Intl.NumberFormat {
  const key = `${locale ?? ''} ${decimals}`
  const known = byDecimals.get(key)
  if (known !== undefined) return known
  const created = new Intl.NumberFormat(locale, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  byDecimals.set(key, created)
  return created
}

/** As many decimals as tell something: two from 1 on, three below, none from 10,000 on. */
export function decimalsOf(value: number): number {
  const size = Math.abs(value)
  const most = size >= 10_000 ? 0 : size >= 1 || size === 0 ? 2 : 3
  const shown = value.toFixed(most)
  const point = shown.indexOf('.')
  return point === -1 ? 0 : shown.slice(point + 1).replace(/0+$/, '').length
}

export function formatNumber(value: number, decimals: number = decimalsOf(value), locale?: Locale): string {
  const text = numberFormat(decimals, locale).format(value)
  // A real minus sign is as wide as a digit, a hyphen is not.
  return text.replace('-', '−')
}

/** @param share 1 is all of it */
export function formatPercent(
  share: number,
  decimals: number = decimalsOf(share * 100),
  locale?: Locale,
): string {
  return new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(share)
}

/** Below 10 the first decimal matters, above it does not. */
export function formatRate(perSecond: number, locale?: Locale): string {
  return formatNumber(perSecond, perSecond === 0 ? 0 : perSecond < 0.1 ? 2 : perSecond < 10 ? 1 : 0, locale)
}

const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number, coarsestMs: number])[] = [
  ['second', 1000, 60_000],
  ['minute', 60_000, 3_600_000],
  ['hour', 3_600_000, 86_400_000],
  ['day', 86_400_000, 30 * 86_400_000],
]
const nowIsMs = 15_000
/** Seconds go by tens, so that a table does not flicker. */
const coarseSeconds = 10

/** "now", "40 seconds ago", "3 hours ago"; beyond a month the date. */
export function formatAgo(ms: number, nowMs: number, locale?: Locale): string {
  const age = nowMs - ms
  if (age < nowIsMs) return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second')
  for (const [unit, unitMs, untilMs] of steps) {
    if (age >= untilMs) continue
    const count = Math.floor(age / unitMs)
    return new Intl.RelativeTimeFormat(locale).format(
      -(unit === 'second' ? Math.floor(count / coarseSeconds) * coarseSeconds : count),
      unit,
    )
  }
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(ms)
}

/** Today the time, else date and time. */
export function formatMoment(ms: number, nowMs: number, locale?: Locale): string {
  const isToday = new Date(ms).toDateString() === new Date(nowMs).toDateString()
  return new Intl.DateTimeFormat(
    locale,
    isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  ).format(ms)
}

/** The time of day to the second. */
export function formatTime(ms: number, locale?: Locale): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(ms)
}

/** Date and time to the second, for tooltips. */
export function formatExact(ms: number, locale?: Locale): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(ms)
}

/** With the word that the language of the texts has for so many: French has one for none, too. */
export function plural(count: number, one: string, many: string, locale?: Locale): string {
  const isOne = new Intl.PluralRules(locale ?? language).select(count) === 'one'
  return `${formatNumber(count, 0, locale)} ${isOne ? one : many}`
}
