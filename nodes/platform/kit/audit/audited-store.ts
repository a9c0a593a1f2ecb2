import type { Clock } from '../../clock.ts'
import type {
  AuditRule,
  Collection,
  CollectionSpec,
  Document,
  EverywherePage,
  Filter,
  FindOptions,
  Lease,
  OrganizationStore,
  Owned,
  Store,
} from '../../store/port.ts'
import { AuditedCollection, shown, there } from './audited-collection.ts'
import { type Note, noteBy, type Noted, notedSpec } from './note.ts'
import { type AuditScope, leave } from './scope.ts'
import { changeOf } from './shown.ts'

/** A document with notes that the chain has to get. */
export interface NotedDocument {
  readonly spec: CollectionSpec<Document>
  /** Empty for the platform. */
  readonly orgId: string
  readonly id: string
  readonly notes: readonly Note[]
}

export interface AuditedStoreParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  /** Resolves when the chain has them, or will get them later; does not reject. */
  readonly bring: (noted: NotedDocument) => Promise<void>
  /** They may be taken off: those that the chain has. */
  readonly tidy: (noted: NotedDocument) => void
  /** Whether it is known here that the chain has it. */
  readonly isBrought: (noteId: string) => boolean
  /** They are off their document: whoever wrote it has left them out. */
  readonly leftOut: (notes: readonly Note[]) => void
}

/** The store, as everything above the ports has it: changes of operations leave notes (audited-collection.ts). */
export class AuditedStore implements Store {
  readonly #parts: AuditedStoreParts
  readonly #pending = new WeakMap<object, Map<string, Set<Promise<unknown>>>>()

  readonly dedicate: Store['dedicate']
  readonly revisionOf: Store['revisionOf']

  constructor(parts: AuditedStoreParts) {
    this.#parts = parts
    const { revisionOf } = parts.store
    this.revisionOf = revisionOf && ((spec) => revisionOf(spec))
    this.dedicate = parts.store.dedicate && ((orgId) => parts.store.dedicate?.(orgId) ?? Promise.resolve())
  }

  organization(orgId: string): OrganizationStore {
    const inner = this.#parts.store.organization(orgId)
    return {
      orgId,
      collection: <T extends Document>(spec: CollectionSpec<T>) =>
        spec.audit === 'none'
          ? inner.collection(spec)
          : this.#audited(spec, orgId, inner.collection(notedSpec(spec))),
    }
  }

  platform<T extends Document>(spec: CollectionSpec<T>): Collection<T> {
    const { store } = this.#parts
    return spec.audit === 'none'
      ? store.platform(spec)
      : this.#audited(spec, '', store.platform(notedSpec(spec)))
  }

  async everywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter?: Filter,
    options?: FindOptions,
  ): Promise<EverywherePage<T>> {
    const { store } = this.#parts
    if (spec.audit === 'none') return store.everywhere(spec, filter, options)
    await this.#settled(spec)
    const page = await store.everywhere(notedSpec(spec), there(filter), options)
    return { ...page, items: page.items.map((item) => shown(item)) }
  }

  async claimEverywhere<T extends Document>(
    spec: CollectionSpec<T>,
    filter: Filter,
    lease: Lease,
    options?: Omit<FindOptions, 'cursor'>,
  ): Promise<readonly Owned<T>[]> {
    const { store } = this.#parts
    if (spec.audit === 'none') return store.claimEverywhere(spec, filter, lease, options)
    await this.#settled(spec)
    const claimed = await store.claimEverywhere(notedSpec(spec), there(filter), lease, options)
    return claimed.map((item) => shown(item))
  }

  bytesOf(orgId: string): Promise<number> {
    return this.#parts.store.bytesOf(orgId)
  }

  probe(): Promise<void> {
    return this.#parts.store.probe()
  }

  close(): Promise<void> {
    return this.#parts.store.close()
  }

  #audited<T extends Document>(
    spec: CollectionSpec<T>,
    orgId: string,
    inner: Collection<Noted<T>>,
  ): Collection<T> {
    const { bring, clock, isBrought, leftOut, tidy } = this.#parts
    const rule = spec.audit === 'none' ? {} : (spec.audit ?? {})
    return new AuditedCollection<T>({
      spec,
      inner,
      pending: this.#pendingOf(spec, orgId),
      noteOf(scope, before, after) {
        const change = changeOf(rule, before, after)
        const document = after ?? before
        if (change === undefined || document === undefined) return undefined
        return noteBy(scope, {
          chain: orgId === '' ? chainOf(rule, document, scope) : orgId,
          atMs: clock.nowMs(),
          resource: `${spec.name.replaceAll('_', '-')}/${document.id}`,
          ...change,
        })
      },
      isBrought,
      leftOut,
      noted(id, notes) {
        const noted = { spec, orgId, id, notes }
        leave({ bring: () => bring(noted), tidy: () => tidy(noted) })
      },
    })
  }

  #pendingOf(spec: object, orgId: string): Set<Promise<unknown>> {
    const ofSpec = this.#pending.get(spec) ?? new Map<string, Set<Promise<unknown>>>()
    const pending = ofSpec.get(orgId) ?? new Set()
    this.#pending.set(spec, ofSpec.set(orgId, pending))
    return pending
  }

  async #settled(spec: object): Promise<void> {
    for (const some of this.#pending.get(spec)?.values() ?? [])
      if (some.size > 0) await Promise.allSettled(some)
  }
}

/** Whose audit a change of what belongs to no organization is in. */
function chainOf<T extends Document>(rule: AuditRule<T>, document: T, { orgId }: AuditScope): string {
  if (rule.organizationOf !== undefined) return rule.organizationOf(document)
  const named: unknown = 'orgId' in document ? document.orgId : undefined
  return typeof named === 'string' ? named : orgId
}
