import { StoreUnavailable } from '../../store/errors.ts'
import type { Collection, Filter, Page, Store } from '../../store/port.ts'
import {
  auditCollection,
  type AuditEntry,
  auditHeadCollection,
  entriesAfter,
  entryId,
  follows,
  type Head,
  headOf,
  noHead,
  resourceIdIn,
} from './chain.ts'
import { Turns } from '../turns.ts'
import type { Note } from './note.ts'

export interface AuditQuery {
  readonly actor?: string | undefined
  /** The permission's last segment. */
  readonly action?: string | undefined
  /** `devices/d1`, or the id alone. */
  readonly resource?: string | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

export interface Verdict {
  readonly isIntact: boolean
  readonly entries: number
  /** The id of the first entry that is not as it was written, or is not there any more. */
  readonly firstBroken?: string
}

const pageSize = 500

/** The chains of all organizations; that of the platform has the empty id. */
export class AuditTrail {
  readonly #store: Pick<Store, 'organization' | 'platform'>
  readonly #heads = new Map<string, Head>()
  readonly #turns = new Turns()
  /** What goes in the next turn of each chain, together. */
  readonly #next = new Map<string, { readonly notes: Note[]; readonly done: Promise<void> }>()
  /** Notes that are known to be there, as far as that may be asked: until they are off their documents. */
  readonly #brought = new Set<string>()
  /** Chains that are longer than their heads say. */
  readonly #untold = new Set<string>()

  constructor(store: Pick<Store, 'organization' | 'platform'>) {
    this.#store = store
  }

  /** Adds them in this order, each once, whoever else does the same. @throws StoreUnavailable */
  append(chain: string, notes: readonly Note[]): Promise<void> {
    const next = this.#next.get(chain)
    if (next !== undefined) {
      next.notes.push(...notes)
      return next.done
    }
    const together = [...notes]
    const done = this.#turns.take(chain, () => {
      this.#next.delete(chain)
      return this.#append(chain, together)
    })
    this.#next.set(chain, { notes: together, done })
    return done
  }

  has(noteId: string): boolean {
    return this.#brought.has(noteId)
  }

  /** They are off their document: nobody asks for them any more. */
  forget(notes: readonly Note[]): void {
    for (const { noteId } of notes) this.#brought.delete(noteId)
  }

  /** Writes down how far the chains are that have grown since. @throws StoreUnavailable */
  async tellHeads(): Promise<void> {
    const chains = [...this.#untold]
    this.#untold.clear()
    await Promise.all(chains.map((chain) => this.#tellHead(chain)))
  }

  /** Newest first. @throws InvalidCursor */
  list(
    chain: string,
    query: AuditQuery,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<AuditEntry>> {
    return this.#entries(chain).find(filterOf(query), {
      sort: [{ path: 'id', direction: 'descending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  /** Oldest first, page by page behind the scenes. */
  async *all(chain: string, query: AuditQuery): AsyncGenerator<AuditEntry> {
    let cursor: string | undefined
    do {
      const page: Page<AuditEntry> = await this.#entries(chain).find(filterOf(query), {
        limit: pageSize,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const { document } of page.items) yield document
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  /** Reads the whole chain. What is added meanwhile counts as well. @throws StoreUnavailable */
  async verify(chain: string): Promise<Verdict> {
    await this.tellHeads()
    const told = (await this.#headsOf(chain).get('head'))?.document ?? noHead
    let head = noHead
    let toldHash = noHead.hash
    for (;;) {
      const entries = await this.#after(chain, head.seq)
      for (const entry of entries) {
        if (entry === undefined || !follows(head, entry)) return this.#broken(chain, entryId(head.seq + 1))
        head = headOf(entry)
        if (head.seq === told.seq) toldHash = head.hash
      }
      if (entries.length < pageSize) break
    }
    if (head.seq < told.seq) return this.#broken(chain, entryId(head.seq + 1))
    if (toldHash !== told.hash) return this.#broken(chain, entryId(told.seq))
    return { isIntact: true, entries: head.seq }
  }

  async #broken(chain: string, firstBroken: string): Promise<Verdict> {
    return { isIntact: false, entries: await this.#entries(chain).count(), firstBroken }
  }

  /** The next entries there are; undefined for one that cannot be read, which ends them. */
  async #after(chain: string, seq: number): Promise<readonly (AuditEntry | undefined)[]> {
    const entries = this.#entries(chain)
    try {
      const { items } = await entries.find({ id: { $gt: entryId(seq) } }, { limit: pageSize })
      return items.map(({ document }) => document)
    } catch (error) {
      if (isAway(error)) throw error
    }
    const found: (AuditEntry | undefined)[] = []
    for (let next = seq + 1; found.length < pageSize; next += 1) {
      const entry = await entries.get(entryId(next)).catch((error: unknown) => {
        if (isAway(error)) throw error
        return undefined
      })
      found.push(entry?.document)
      if (entry === undefined) break
    }
    return found
  }

  async #append(chain: string, notes: readonly Note[]): Promise<void> {
    const entries = this.#entries(chain)
    let head = this.#heads.get(chain) ?? (await this.#last(chain))
    let left = notes
    for (;;) {
      left = left.filter(({ noteId }) => !this.#brought.has(noteId))
      if (left.length === 0) break
      const outcomes = await entries.insertInOrder(entriesAfter(head, left))
      for (const [n, outcome] of outcomes.entries()) {
        const noteId = left[n]?.noteId ?? ''
        if (outcome.kind === 'inserted') head = headOf(outcome.stored.document)
        // Another instance was quicker: with this note, or with one of its own.
        else if (outcome.key === 'id') head = await this.#last(chain)
        if (outcome.kind === 'inserted' || outcome.key !== 'id') this.#brought.add(noteId)
      }
    }
    this.#heads.set(chain, head)
    this.#untold.add(chain)
  }

  async #last(chain: string): Promise<Head> {
    const { items } = await this.#entries(chain).find(
      {},
      { sort: [{ path: 'id', direction: 'descending' }], limit: 1 },
    )
    return items[0] === undefined ? noHead : headOf(items[0].document)
  }

  async #tellHead(chain: string): Promise<void> {
    const heads = this.#headsOf(chain)
    const document = { id: 'head', ...(this.#heads.get(chain) ?? noHead) } as const
    const updated = await heads.update('head', (current) => (current.seq < document.seq ? document : current))
    // Another instance may have begun it meanwhile: it tells the next time.
    if (updated.kind === 'missing') await heads.insert(document)
  }

  #entries(chain: string): Collection<AuditEntry> {
    return chain === ''
      ? this.#store.platform(auditCollection)
      : this.#store.organization(chain).collection(auditCollection)
  }

  #headsOf(chain: string): Collection<Head & { readonly id: 'head' }> {
    return chain === ''
      ? this.#store.platform(auditHeadCollection)
      : this.#store.organization(chain).collection(auditHeadCollection)
  }
}

/** Not a page that is damaged, but an engine that does not answer. */
const isAway = (error: unknown): boolean =>
  error instanceof StoreUnavailable && error.reason !== 'corrupt' && error.reason !== 'io'

function filterOf({ action, actor, fromMs, resource, toMs }: AuditQuery): Filter {
  const atMs = {
    ...(fromMs === undefined ? {} : { $gte: fromMs }),
    ...(toMs === undefined ? {} : { $lt: toMs }),
  }
  return {
    ...(actor === undefined ? {} : { 'actor.id': actor }),
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined
      ? {}
      : { $or: [{ resource, resourceId: resourceIdIn(resource) }, { resourceId: resource }] }),
    ...(Object.keys(atMs).length === 0 ? {} : { atMs }),
  }
}
