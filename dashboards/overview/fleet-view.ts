import type { FleetDevice } from './fleet.ts'

export const statuses = ['all', 'online', 'offline'] as const
export type StatusFilter = (typeof statuses)[number]
export const sortKeys = ['name', 'status', 'last-seen'] as const
export type SortKey = (typeof sortKeys)[number]

export interface FleetQuery {
  readonly search: string
  readonly status: StatusFilter
  readonly sort: SortKey
  readonly descending: boolean
  /** From 0. */
  readonly page: number
}

export interface FleetView {
  readonly rows: readonly FleetDevice[]
  /** How many match the search, by status. */
  readonly counts: Readonly<Record<StatusFilter, number>>
  readonly page: number
  readonly pages: number
  /** Number of the first row, from 1; 0 when there is none. */
  readonly from: number
  readonly matching: number
}

export const pageSize = 25
export const firstQuery: FleetQuery = { search: '', status: 'all', sort: 'name', descending: false, page: 0 }

type Comparator = (a: FleetDevice, b: FleetDevice) => number

/** "Pump 9" comes before "Pump 10". */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })
const byName: Comparator = (a, b) => collator.compare(a.name, b.name) || collator.compare(a.id, b.id)
/** Ascending puts first what needs attention: offline, and longest silent. */
const comparators: Readonly<Record<SortKey, Comparator>> = {
  name: byName,
  status: (a, b) => Number(a.online) - Number(b.online) || byName(a, b),
  'last-seen': (a, b) => (a.lastSeenMs ?? 0) - (b.lastSeenMs ?? 0) || byName(a, b),
}

/** The page of the fleet that a query asks for; a page past the end is the last one. */
export function viewFleet(devices: readonly FleetDevice[], query: FleetQuery): FleetView {
  const words = query.search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = devices.filter(({ text }) => words.every((word) => text.includes(word)))
  const online = found.filter((device) => device.online)
  const counts = { all: found.length, online: online.length, offline: found.length - online.length }
  const matching =
    query.status === 'all' ? found : query.status === 'online' ? online : found.filter((each) => !each.online)
  const direction = query.descending ? -1 : 1
  const sorted = matching.toSorted((a, b) => direction * comparators[query.sort](a, b))
  const pages = Math.max(1, Math.ceil(sorted.length / pageSize))
  const page = Math.min(query.page, pages - 1)
  const rows = sorted.slice(page * pageSize, (page + 1) * pageSize)
  return {
    rows,
    counts,
    page,
    pages,
    matching: sorted.length,
    from: rows.length === 0 ? 0 : page * pageSize + 1,
  }
}
