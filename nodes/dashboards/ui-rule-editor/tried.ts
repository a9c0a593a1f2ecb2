/** What *try* answered about one device. */
export interface Firing {
  readonly firedAt: string
  /** Null when it would be open at the end. */
  readonly resolvedAt: string | null
}

export interface Band {
  readonly fromMs: number
  readonly toMs: number
}

/** From when to when an alert would have been open; what is open at the end goes on to it. */
export const bandsOf = (firings: readonly Firing[], endMs: number): readonly Band[] =>
  firings.map(({ firedAt, resolvedAt }) => ({
    fromMs: Date.parse(firedAt),
    toMs: resolvedAt === null ? endMs : Date.parse(resolvedAt),
  }))

export interface Durations {
  readonly totalMs: number
  readonly longestMs: number
}

export const durationsOf = (bands: readonly Band[]): Durations => ({
  totalMs: bands.reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs), 0),
  longestMs: bands.reduce((longest, { fromMs, toMs }) => Math.max(longest, toMs - fromMs), 0),
})

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** "1.5 hours": in the largest unit of which there is one. */
export function formatSpan(ms: number, locale?: string): string {
  const [unit, unitMs] = units.find(([, each]) => ms >= each) ?? ['second', 1000]

  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 1,
  }).format(ms / unitMs)
}
