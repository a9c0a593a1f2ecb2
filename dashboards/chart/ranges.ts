import { defineTexts } from '../kit/language.ts'
import type { BucketView } from '../kit/views.ts'

const texts = defineTexts({
  'en-US': {
    live: '15 min',
    day: 'Day',
    week: 'Week',
    month: 'Month',
    year: 'Year',
    inLive: 'Last 15 minutes',
    inDay: 'Last 24 hours',
    inWeek: 'Last 7 days',
    inMonth: 'Last 30 days',
    inYear: 'Last 12 months',
  },
  'pt-BR': {
    live: '15 min',
    day: 'Dia',
    week: 'Semana',
    month: 'Mês',
    year: 'Ano',
    inLive: 'Últimos 15 minutos',
    inDay: 'Últimas 24 horas',
    inWeek: 'Últimos 7 dias',
    inMonth: 'Últimos 30 dias',
    inYear: 'Últimos 12 meses',
  },
  fr: {
    live: '15 min',
    day: 'Jour',
    week: 'Semaine',
    month: 'Mois',
    year: 'Année',
    inLive: '15 dernières minutes',
    inDay: '24 dernières heures',
    inWeek: '7 derniers jours',
    inMonth: '30 derniers jours',
    inYear: '12 derniers mois',
  },
})

export const rangeKeys = ['live', 'day', 'week', 'month', 'year'] as const

export interface Range {
  readonly key: (typeof rangeKeys)[number]
  /** On its button. */
  readonly label: string
  readonly name: string
  readonly spanMs: number
  /** What the platform is asked for; none for the readings themselves, as they come. */
  readonly bucket?: '5m' | '1h' | '1d'
}

const minuteMs = 60_000
const dayMs = 1440 * minuteMs

export const live: Range = { key: 'live', label: texts.live, name: texts.inLive, spanMs: 15 * minuteMs }

/** So many buckets each that a chart has about a pixel or two for one. */
export const ranges: readonly Range[] = [
  live,
  { key: 'day', label: texts.day, name: texts.inDay, spanMs: dayMs, bucket: '5m' },
  { key: 'week', label: texts.week, name: texts.inWeek, spanMs: 7 * dayMs, bucket: '1h' },
  { key: 'month', label: texts.month, name: texts.inMonth, spanMs: 30 * dayMs, bucket: '1h' },
  { key: 'year', label: texts.year, name: texts.inYear, spanMs: 365 * dayMs, bucket: '1d' },
]

export const rangeOf = (key: string): Range => ranges.find((range) => range.key === key) ?? live

/** A line and its figures, worked out from buckets. */
export interface Past {
  readonly times: readonly number[]
  readonly values: readonly number[]
  readonly min: number
  readonly max: number
  readonly average: number
}

/** Undefined without buckets. A switch has no average, but where it stood last. */
export function pastOf(buckets: readonly BucketView[], isSwitch: boolean): Past | undefined {
  if (buckets.length === 0) return undefined
  const count = buckets.reduce((sum, one) => sum + one.count, 0)
  return {
    times: buckets.map(({ ts }) => Date.parse(ts)),
    values: buckets.map(({ avg, last }) => (isSwitch ? last : avg)),
    min: buckets.reduce((least, { min }) => Math.min(least, min), Infinity),
    max: buckets.reduce((greatest, { max }) => Math.max(greatest, max), -Infinity),
    average: buckets.reduce((sum, one) => sum + one.avg * (one.count / count), 0),
  }
}
