import { asChecked } from '../../store/checked.ts'
import { InvalidDocument } from '../../store/errors.ts'
import { insertOneByOne } from '../../store/insert-one-by-one.ts'
import type {
  Collection,
  CollectionSpec,
  Document,
  Filter,
  FindOptions,
  GeoPoint,
  InsertOutcome,
  Lease,
  Page,
  ReplaceOutcome,
  Stored,
} from '../../store/port.ts'
import {
  goneWith,
  gonePath,
  isGone,
  type Note,
  type Noted,
  notesOf,
  sincePath,
  withNotes,
  withoutNotes,
} from './note.ts'
import { type AuditScope, auditScope } from './scope.ts'

/** What a change is to be noted as; undefined when it is nobody's. */
export type NoteOf<T> = (scope: AuditScope, before: T | undefined, after: T | undefined) => Note | undefined

export interface AuditedParts<T extends Document> {
  readonly spec: CollectionSpec<T>
  readonly inner: Collection<Noted<T>>
  readonly noteOf: NoteOf<T>
  /** Its notes are on the document, and durable. */
  readonly noted: (id: string, notes: readonly Note[]) => void
  /** The chain has it, so whoever writes the document next leaves it out. */
  readonly isBrought: (noteId: string) => boolean
  /** They were left out so, and need not be taken off any more. */
  readonly leftOut: (notes: readonly Note[]) => void
  /** Writes that take more than one call, until the last one is made: what is read after them sees them. */
  readonly pending: Set<Promise<unknown>>
}

const removedAtOnce = 50

/** As checked, with its notes. */
const noted = <T extends Document>(checked: T, notes: readonly Note[]): Noted<T> =>
  asChecked(withNotes(checked, notes))

/** Ends an `update` that has nothing to write. */
class Left extends Error {}

/** For a filter of what is there. */
export const there = (filter: Filter = {}): Filter => ({ $and: [filter, { [gonePath]: null }] })

export const shown = <S extends Stored<Noted<Document>>, T extends Document>(
  stored: S,
): Omit<S, 'document'> & Stored<T> => ({
  ...stored,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of this collection, as the caller knows it
  document: withoutNotes(stored.document) as T,
})

/**
 * A collection whose changes by an operation leave a note on the document, in the same write: there is no change without
 * it, and none of it without a change. Notes of others that are still there stay.
 */
export class AuditedCollection<T extends Document> implements Collection<T> {
  readonly #parts: AuditedParts<T>

  constructor(parts: AuditedParts<T>) {
    this.#parts = parts
  }

  async insert(document: T): Promise<InsertOutcome<T>> {
    const { inner } = this.#parts
    const checked = this.#checked(document)
    const note = this.#note(undefined, checked)
    const outcome = await inner.insert(noted(checked, note))
    if (outcome.kind === 'duplicate') return this.#write(() => this.#insertWhereGone(checked, note, outcome))
    this.#told(checked.id, note, notesOf(outcome.stored.document))
    return { kind: 'inserted', stored: shown(outcome.stored) }
  }

  insertInOrder(documents: readonly T[]): Promise<readonly InsertOutcome<T>[]> {
    return insertOneByOne(this, documents)
  }

  async get(id: string): Promise<Stored<T> | undefined> {
    await this.#settled()
    const stored = await this.#parts.inner.get(id)
    return stored === undefined || isGone(stored.document) ? undefined : shown(stored)
  }

  async find(filter?: Filter, options?: FindOptions): Promise<Page<T>> {
    await this.#settled()
    const page = await this.#parts.inner.find(there(filter), options)
    return { ...page, items: page.items.map((item) => shown(item)) }
  }

  async count(filter?: Filter): Promise<number> {
    await this.#settled()
    return this.#parts.inner.count(there(filter))
  }

  replace(document: T, expectedVersion: number): Promise<ReplaceOutcome<T>> {
    return this.#write(async (last) => {
      const { inner } = this.#parts
      const checked = this.#checked(document)
      const current = await inner.get(checked.id)
      if (current !== undefined && isGone(current.document)) return { kind: 'missing' }
      if (current === undefined)
        return this.#replaced(await last(inner.replace(asChecked(checked), expectedVersion)), [])
      if (current.version !== expectedVersion) return { kind: 'conflict', current: shown(current) }
      const note = this.#note(withoutNotes(current.document), checked)
      const next = noted(checked, [...this.#left(current.document), ...note])
      return this.#replaced(await last(inner.replace(next, expectedVersion)), note, current.document)
    })
  }

  upsert(document: T): Promise<Stored<T>> {
    return this.#write(async () => {
      const { inner } = this.#parts
      const checked = this.#checked(document)
      for (;;) {
        const current = await inner.get(checked.id)
        const before =
          current === undefined || isGone(current.document) ? undefined : withoutNotes(current.document)
        const note = this.#note(before, checked)
        const next = withNotes(checked, [
          ...(current === undefined ? [] : this.#left(current.document)),
          ...note,
        ])
        // A key that another holds is refused by the engine itself.
        const outcome =
          current === undefined ? await inner.insert(next) : await inner.replace(next, current.version)
        if (outcome.kind === 'inserted' || outcome.kind === 'replaced') {
          this.#told(checked.id, note, notesOf(outcome.stored.document))
          return shown(outcome.stored)
        }
        if (outcome.kind === 'duplicate' && outcome.key !== 'id') await inner.upsert(next)
      }
    })
  }

  async update(id: string, change: (document: T) => T): Promise<ReplaceOutcome<T>> {
    let note: readonly Note[] = []
    let was: Noted<T> | undefined
    const noteOf = this.#noter()
    try {
      const outcome = await this.#parts.inner.update(id, (current) => {
        if (isGone(current)) throw new Left()
        was = current
        const before = withoutNotes(current)
        const changed = change(before)
        note = []
        if (changed === before) return current
        const after = this.#checked(changed)
        note = noteOf(before, after)
        return noted(after, [...this.#left(current), ...note])
      })
      return this.#replaced(outcome, note, was)
    } catch (error) {
      if (error instanceof Left) return { kind: 'missing' }
      throw error
    }
  }

  remove(id: string, expectedVersion?: number): Promise<boolean> {
    return this.#write(async () => {
      const { inner } = this.#parts
      for (;;) {
        const current = await inner.get(id)
        if (current === undefined || isGone(current.document)) return false
        if (expectedVersion !== undefined && current.version !== expectedVersion) return false
        const note = this.#note(withoutNotes(current.document), undefined)
        const notes = [...notesOf(current.document), ...note]
        if (notes.length === 0) {
          if (await inner.remove(id, current.version)) return true
        } else {
          const outcome = await inner.replace(goneWith<T>(id, notes), current.version)
          if (outcome.kind === 'replaced') {
            this.#told(id, notes, notes)
            return true
          }
        }
      }
    })
  }

  async removeMany(filter: Filter): Promise<number> {
    const { inner } = this.#parts
    const isNoted = auditScope() !== undefined
    await this.#settled()
    // Those that no note is on go as ever.
    let removed = isNoted ? 0 : await inner.removeMany({ $and: [there(filter), { [sincePath]: null }] })
    for (;;) {
      const { items } = await inner.find(there(filter), { limit: removedAtOnce })
      const outcomes = await Promise.all(items.map(({ document }) => this.remove(document.id)))
      removed += outcomes.filter(Boolean).length
      if (items.length < removedAtOnce) return removed
    }
  }

  async claim(
    filter: Filter,
    lease: Lease,
    options?: Omit<FindOptions, 'cursor'>,
  ): Promise<readonly Stored<T>[]> {
    await this.#settled()
    const claimed = await this.#parts.inner.claim(there(filter), lease, options)
    return claimed.map((item) => shown(item))
  }

  release(id: string, owner: string): Promise<boolean> {
    return this.#parts.inner.release(id, owner)
  }

  async renew(id: string, lease: Lease): Promise<boolean> {
    const isOurs = await this.#parts.inner.renew(id, lease)
    return isOurs && (await this.get(id)) !== undefined
  }

  async near(
    point: GeoPoint,
    options: { readonly radiusMeters: number; readonly filter?: Filter; readonly limit?: number },
  ): Promise<readonly (Stored<T> & { readonly distanceMeters: number })[]> {
    await this.#settled()
    const found = await this.#parts.inner.near(point, { ...options, filter: there(options.filter) })
    return found.map((item) => shown(item))
  }

  /** The id may be that of one whose removal the chain has not got yet. */
  async #insertWhereGone(
    document: T,
    note: readonly Note[],
    duplicate: Extract<InsertOutcome<T>, { kind: 'duplicate' }>,
  ): Promise<InsertOutcome<T>> {
    const { inner } = this.#parts
    for (;;) {
      const current = await inner.get(document.id)
      if (current === undefined && duplicate.key !== 'id') return duplicate
      if (current !== undefined && !isGone(current.document)) return duplicate
      const outcome =
        current === undefined
          ? await inner.insert(withNotes(document, note))
          : await inner.replace(withNotes(document, [...notesOf(current.document), ...note]), current.version)
      if (outcome.kind === 'duplicate') return outcome
      if (outcome.kind === 'inserted' || outcome.kind === 'replaced') {
        this.#told(document.id, note, notesOf(outcome.stored.document))
        return { kind: 'inserted', stored: shown(outcome.stored) }
      }
    }
  }

  #replaced(outcome: ReplaceOutcome<Noted<T>>, note: readonly Note[], was?: Noted<T>): ReplaceOutcome<T> {
    if (outcome.kind === 'replaced') {
      const notes = notesOf(outcome.stored.document)
      this.#told(outcome.stored.document.id, note, notes)
      if (was?._audit !== undefined)
        this.#parts.leftOut(
          notesOf(was).filter(({ noteId }) => !notes.some((left) => left.noteId === noteId)),
        )
      return { kind: 'replaced', stored: shown(outcome.stored) }
    }
    if (outcome.kind !== 'conflict') return outcome
    return isGone(outcome.current.document)
      ? { kind: 'missing' }
      : { kind: 'conflict', current: shown(outcome.current) }
  }

  /** Notes that still have to be brought. */
  #left(document: Noted<T>): readonly Note[] {
    return notesOf(document).filter(({ noteId }) => !this.#parts.isBrought(noteId))
  }

  /** Those that were there before go first: whoever made them may not have got that far. */
  #told(id: string, own: readonly Note[], all: readonly Note[]): void {
    if (own.length > 0) this.#parts.noted(id, all)
  }

  #note(before: T | undefined, after: T | undefined): readonly Note[] {
    return this.#noter()(before, after)
  }

  /** In the scope of this moment, whenever and wherever the change is made. */
  #noter(): (before: T | undefined, after: T | undefined) => readonly Note[] {
    const scope = auditScope()
    if (scope === undefined) return () => []
    const { noteOf } = this.#parts
    return (before, after) => {
      const note = noteOf(scope, before, after)
      return note === undefined ? [] : [note]
    }
  }

  #checked(document: T): T {
    const { spec } = this.#parts
    const { data, error } = spec.schema.safeParse(document)
    if (error !== undefined) throw new InvalidDocument(spec.name, error.issues, error)
    return data
  }

  /** Whoever reads does not wait for the disk: the collection inside shows what was written before. */
  async #write<R>(run: (last: <W>(write: W) => W) => Promise<R>): Promise<R> {
    const { pending } = this.#parts
    const { promise: made, resolve } = Promise.withResolvers<void>()
    pending.add(made)
    const done = (): void => {
      pending.delete(made)
      resolve()
    }
    try {
      return await run((write) => {
        done()
        return write
      })
    } finally {
      done()
    }
  }

  async #settled(): Promise<void> {
    const { pending } = this.#parts
    if (pending.size > 0) await Promise.allSettled(pending)
  }
}
