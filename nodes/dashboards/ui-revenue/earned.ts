/** What was earned, as a table and as columns; pure. */
import { csvCells, csvRowEnd } from '../../platform/kit/csv.ts'

export const kinds = ['day', 'site', 'pod'] as const
export type By = (typeof kinds)[number]

export interface Earning {
  readonly day?: string | undefined
  readonly site?: string | undefined
  readonly pod?: string | undefined
  /** Less than nothing where more was given back than taken. */
  readonly credits: number
}

export interface EarnedRow {
  /** The day, the address or the pod's id. */
  readonly key: string
  readonly name: string
  readonly credits: number
  /** Of the largest of them, 0 to 100, whichever way it goes. */
  readonly percent: number
}

const dayMs = 86_400_000
/** So many columns a page has room for. */
export const mostDays = 366

const utcMs = (day: string): number => Date.parse(`${day}T00:00:00Z`)
const dayAfter = (day: string, days: number): string =>
  new Date(utcMs(day) + days * dayMs).toISOString().slice(0, 10)

/** Both days are in it; undefined where there are none, or too many. */
export function spanOf(
  first: string,
  last: string,
): { readonly from: string; readonly to: string; readonly days: readonly string[] } | undefined {
  const count = Math.round((utcMs(last) - utcMs(first)) / dayMs) + 1
  if (!(count >= 1 && count <= mostDays)) return undefined
  return {
    from: first,
    to: dayAfter(last, 1),
    days: Array.from({ length: count }, (_, n) => dayAfter(first, n)),
  }
}

/** The last days before and with that one. */
export const lastDays = (day: string, count: number): { readonly first: string; readonly last: string } => ({
  first: dayAfter(day, 1 - count),
  last: day,
})

/** Days in order, all others with the one that earned most first. @param nameOf what a person calls it */
export function rowsOf(
  items: readonly Earning[],
  by: By,
  nameOf: (key: string) => string,
): readonly EarnedRow[] {
  const percentOf = percentsOf(items)
  const rows = items.map((item) => {
    const key = item[by] ?? ''
    return { key, name: nameOf(key), credits: item.credits, percent: percentOf(item.credits) }
  })
  return by === 'day' ? rows : rows.toSorted((a, b) => b.credits - a.credits || (a.name < b.name ? -1 : 1))
}

/** One for each day, those without anything included. */
export function columnsOf(
  items: readonly Earning[],
  days: readonly string[],
): readonly Omit<EarnedRow, 'name'>[] {
  const byDay = new Map(items.map(({ credits, day }) => [day ?? '', credits]))
  const percentOf = percentsOf(items)
  return days.map((key) => {
    const credits = byDay.get(key) ?? 0
    return { key, credits, percent: percentOf(credits) }
  })
}

export function csvOf(rows: readonly EarnedRow[], by: By): string {
  const head = by === 'pod' ? ['pod', 'name', 'credits'] : [by, 'credits']
  const lines = rows.map(({ credits, key, name }) => (by === 'pod' ? [key, name, credits] : [key, credits]))
  return [head, ...lines].map((cells) => csvCells(cells) + csvRowEnd).join('')
}

function percentsOf(items: readonly Earning[]): (credits: number) => number {
  const most = items.reduce((so, { credits }) => Math.max(so, Math.abs(credits)), 0)
  return (credits) => (most === 0 ? 0 : (100 * Math.abs(credits)) / most)
}
