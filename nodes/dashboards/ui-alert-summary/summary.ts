import { severities, type Severity } from '../../../dashboards/alerts/severity.ts'
import type { AlertView } from '../../../dashboards/kit/views.ts'

export interface Summary {
  readonly counts: readonly { readonly severity: Severity; readonly count: number }[]
  /** The worst first, and of those alike the newest. */
  readonly first: readonly AlertView[]
}

const maxFirst = 4

/** What is open, in a few words: how many of each severity that there are any of, and those to look at first. */
export function summaryOf(open: readonly AlertView[]): Summary {
  const counts = severities
    .map((severity) => ({ severity, count: open.filter((alert) => alert.severity === severity).length }))
    .filter(({ count }) => count > 0)
  const first = open.toSorted(
    (one, other) =>
      severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
      Date.parse(other.firedAt) - Date.parse(one.firedAt),
  )
  return { counts, first: first.slice(0, maxFirst) }
}
