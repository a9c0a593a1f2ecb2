import type { FleetDevice } from './fleet.ts'

export const statuses = ['all', 'online', 'offline'] as const
export type StatusFilter = (typeof statuses)[number]
export type SortKey = 'name' | 'status' | 'last-seen'

export interface FleetQuery {
  readonly search: string
  readonly status: StatusFilter
  readonly sort: SortKey
  readonly descending: boolean
}

export interface FleetView {
  readonly rows: readonly FleetDevice[]
  /** How many match the search, by status. */
  readonly counts: Readonly<Record<StatusFilter, number>>
}

export const firstQuery: FleetQuery = { search: '', status: 'all', sort: 'name', descending: false }

type Comparator = (a: FleetDevice, b: FleetDevice) => number

const byName: Comparator = (a, b) => a.rank - b.rank
/** Ascending puts first what needs attention: offline, and longest silent. */
const comparators: Readonly<Record<SortKey, Comparator>> = {
  name: byName,
  status: (a, b) => Number(a.online) - Number(b.online) || byName(a, b),
  'last-seen': (a, b) => (a.lastSeenMs ?? 0) - (b.lastSeenMs ?? 0) || byName(a, b),
}

/** What a query asks for, in its order. */
export function viewFleet(devices: readonly FleetDevice[], query: FleetQuery): FleetView {
  const words = query.search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = devices.filter(({ text }) => words.every((word) => text.includes(word)))
  const online = found.filter((device) => device.online)
  const counts = { all: found.length, online: online.length, offline: found.length - online.length }
  const matching =
    query.status === 'all' ? found : query.status === 'online' ? online : found.filter((each) => !each.online)
  const direction = query.descending ? -1 : 1
  return { counts, rows: matching.toSorted((a, b) => direction * comparators[query.sort](a, b)) }
}
