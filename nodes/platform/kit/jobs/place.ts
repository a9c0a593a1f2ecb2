/** Where a job's documents are: with each organization, or with nobody. */
import type {
  CollectionSpec,
  Collection,
  Filter,
  FindOptions,
  Lease,
  Owned,
  Store,
} from '../../store/port.ts'
import type { Reckoning } from '../../clock.ts'
import type { DueDocument, JobDefinition } from './job.ts'
import { leastStepMs } from '../ahead.ts'

export interface Place<T extends DueDocument> {
  claim(nowMs: number, lease: Lease, limit: number): Promise<readonly Owned<T>[]>
  /** When the first is due of those due after `afterMs`, leased or not. */
  firstDueMs(afterMs: number): Promise<number | undefined>
  /** Some that are due at times that were told by a clock of this machine which was set since. */
  toldOtherwise(now: Reckoning): Promise<readonly Owned<T>[]>
  collectionOf(orgId: string): Collection<T>
  readonly revision: () => number | undefined
}

const sort = [{ path: 'dueAtMs', direction: 'ascending' }] as const

export function placeOf<T extends DueDocument>(
  store: Store,
  { collection: spec, of, where = {} }: JobDefinition<T>,
): Place<T> {
  const isPlatform = of === 'platform'
  const withOwner = (items: readonly Omit<Owned<T>, 'orgId'>[]): readonly Owned<T>[] =>
    items.map(({ document, version }) => ({ document, version, orgId: '' }))
  const find = async (
    filter: Filter,
    options: FindOptions,
  ): Promise<{ readonly items: readonly Owned<T>[] }> =>
    isPlatform
      ? { items: withOwner((await store.platform(spec).find(filter, options)).items) }
      : store.everywhere(spec, filter, options)
  return {
    async claim(nowMs, lease, limit) {
      const due = { $and: [where, { dueAtMs: { $gt: 0, $lte: nowMs } }] }
      const options = { sort, limit }
      if (isPlatform) return withOwner(await store.platform(spec).claim(due, lease, options))
      return store.claimEverywhere(spec, due, lease, options)
    },
    async firstDueMs(afterMs) {
      const { items } = await find({ $and: [where, { dueAtMs: { $gt: afterMs } }] }, { sort, limit: 1 })
      return items[0]?.document.dueAtMs ?? undefined
    },
    async toldOtherwise({ aheadMs, machine }) {
      const otherwise = [
        { 'reckoned.aheadMs': { $gte: aheadMs + leastStepMs } },
        { 'reckoned.aheadMs': { $lte: aheadMs - leastStepMs } },
      ]
      const told = { dueAtMs: { $gt: 0 }, 'reckoned.machine': machine, $or: otherwise }
      const { items } = await find({ $and: [where, told] }, { sort, limit: 500 })
      return items
    },
    revision: () => store.revisionOf?.(spec),
    collectionOf: (orgId) => collectionOf(store, spec, isPlatform ? undefined : orgId),
  }
}

const collectionOf = <T extends DueDocument>(
  store: Store,
  spec: CollectionSpec<T>,
  orgId: string | undefined,
): Collection<T> => (orgId === undefined ? store.platform(spec) : store.organization(orgId).collection(spec))
