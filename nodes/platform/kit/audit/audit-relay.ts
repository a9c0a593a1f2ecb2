/**
 * Brings notes of documents to the chains, in order for each document, each once. The instance that made the change does
 * it at the end of the request; what it could not (it was killed, the store was away) any instance finds a moment later.
 */
import type { Clock } from '../../clock.ts'
import type { Logger } from '../../logger.ts'
import type { Collection, CollectionSpec, Document, Store } from '../../store/port.ts'
import type { NotedDocument } from './audited-store.ts'
import type { AuditTrail } from './audit-trail.ts'
import {
  goneWith,
  isGone,
  type Note,
  type Noted,
  notedSpec,
  notesOf,
  sincePath,
  withNotes,
  withoutNotes,
} from './note.ts'

export interface AuditRelayParts {
  /** As it is, without what hides the notes. */
  readonly store: Store
  readonly trail: AuditTrail
  readonly clock: Pick<Clock, 'nowMs' | 'after'>
  readonly log: Pick<Logger, 'warn'>
  /** Of jitter, in [0, 1). */
  readonly random: () => number
}

const lookEveryMs = 5000
/** What another instance has left is found within so many looks: to ask all collections at each would cost all the time. */
const looksForAll = 12
/** Younger ones their own instance is about to bring. */
const graceMs = 2000
const maxDocuments = 200
/** What the chains have is taken off its documents so long after, all in one write; well within the grace. */
const tidyAfterMs = 200

export class AuditRelay {
  readonly #parts: AuditRelayParts
  #specs: readonly CollectionSpec<Document>[] = []
  #next = 0
  /** With something that could not be brought, and since when. */
  readonly #behind = new Map<CollectionSpec<Document>, number>()
  #untidy: NotedDocument[] = []
  #tidying: Promise<void> | undefined
  #cancelTidy: (() => void) | undefined
  #looking: Promise<void> | undefined
  #cancelLook: (() => void) | undefined
  #isStopped = true

  constructor(parts: AuditRelayParts) {
    this.#parts = parts
  }

  /** Resolves when it is done, or left for later. */
  async bring(noted: NotedDocument): Promise<void> {
    try {
      await this.#append(noted)
    } catch (error) {
      this.#behind.set(noted.spec, this.#parts.clock.nowMs())
      this.#parts.log.warn({ err: error }, 'a change is not in the audit yet; it is tried again')
    }
  }

  /** What the chain has of it goes, and soon. */
  tidyLater(noted: NotedDocument): void {
    this.#untidy.push(noted)
    this.#cancelTidy ??= this.#parts.clock.after(tidyAfterMs, () => void this.#tidy())
  }

  /** From now on also finds what others, or a life before, have left in these collections. */
  start(specs: readonly CollectionSpec<Document>[]): void {
    this.#specs = specs.filter(({ audit }) => audit !== 'none')
    this.#isStopped = false
    this.#look(this.#specs)
  }

  /** Brings what is left anywhere; what was changed before is in the chains when it resolves. @throws StoreUnavailable */
  async catchUp(olderThanMs: number = this.#parts.clock.nowMs() + 1): Promise<void> {
    await this.#catchUpWithAll(this.#specs, olderThanMs)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelLook?.()
    await this.#looking
    await this.#tidying
    await this.#tidy()
  }

  async #tidy(): Promise<void> {
    const { log, trail } = this.#parts
    this.#cancelTidy?.()
    this.#cancelTidy = undefined
    const untidy = this.#untidy
    this.#untidy = []
    if (untidy.length === 0) return
    this.#tidying = Promise.all([trail.tellHeads(), ...untidy.map((noted) => this.#takeOff(noted))])
      .then(() => undefined)
      .catch((error: unknown) => {
        for (const { spec } of untidy) this.#behind.set(spec, this.#parts.clock.nowMs())
        log.warn({ err: error }, 'what is in the audit could not be taken off; it is tried again')
      })
    await this.#tidying
  }

  #look(specs: readonly CollectionSpec<Document>[]): void {
    const { clock, log, random } = this.#parts
    this.#looking = this.#catchUpWithAll(specs, clock.nowMs() - graceMs)
      .catch((error: unknown) => {
        for (const spec of specs) this.#behind.set(spec, 0)
        log.warn({ err: error }, 'changes for the audit could not be looked for; it is tried again')
      })
      .finally(() => {
        this.#looking = undefined
        if (!this.#isStopped)
          this.#cancelLook = clock.after(lookEveryMs * (0.75 + random() / 4), () => this.#look(this.#due()))
      })
  }

  /** Those whose turn it is, and those that have something old enough to be found. */
  #due(): readonly CollectionSpec<Document>[] {
    const olderThanMs = this.#parts.clock.nowMs() - graceMs
    const behind = [...this.#behind].filter(([, sinceMs]) => sinceMs < olderThanMs).map(([spec]) => spec)
    for (const spec of behind) this.#behind.delete(spec)
    const end = this.#next + Math.ceil(this.#specs.length / looksForAll)
    const due = new Set([...behind, ...this.#specs.slice(this.#next, end)])
    this.#next = end < this.#specs.length ? end : 0
    return [...due]
  }

  async #catchUpWithAll(specs: readonly CollectionSpec<Document>[], olderThanMs: number): Promise<void> {
    for (const spec of specs) await this.#catchUpWith(spec, olderThanMs)
  }

  async #catchUpWith(spec: CollectionSpec<Document>, olderThanMs: number): Promise<void> {
    const { store } = this.#parts
    const noted = notedSpec(spec)
    const left = { [sincePath]: { $gt: 0, $lt: olderThanMs } }
    const options = { sort: [{ path: sincePath, direction: 'ascending' }], limit: maxDocuments } as const
    for (;;) {
      const [ofTenants, ofPlatform] = await Promise.all([
        store.everywhere(noted, left, options),
        store.platform(noted).find(left, options),
      ])
      const found = [
        ...ofTenants.items.map(({ document, orgId }) => ({ document, orgId })),
        ...ofPlatform.items.map(({ document }) => ({ document, orgId: '' })),
      ]
      for (const { document, orgId } of found)
        await this.#bring({ spec, orgId, id: document.id, notes: notesOf(document) })
      if (Math.max(ofTenants.items.length, ofPlatform.items.length) < maxDocuments) return
    }
  }

  async #bring(noted: NotedDocument): Promise<void> {
    await this.#append(noted)
    await this.#takeOff(noted)
    await this.#parts.trail.tellHeads()
  }

  async #append({ notes }: NotedDocument): Promise<void> {
    for (const note of notes) await this.#parts.trail.append(note.chain, [note])
  }

  async #takeOff({ id, notes, orgId, spec }: NotedDocument): Promise<void> {
    const { store, trail } = this.#parts
    const noted = notedSpec(spec)
    const documents = orgId === '' ? store.platform(noted) : store.organization(orgId).collection(noted)
    const brought = notes.filter(({ noteId }) => trail.has(noteId))
    if (brought.length === 0) return
    await takeOff(documents, id, new Set(brought.map(({ noteId }) => noteId)))
    trail.forget(brought)
  }
}

/** What the chain has is taken off the document; a removed one goes with its last. */
async function takeOff<T extends Document>(
  documents: Collection<Noted<T>>,
  id: string,
  brought: ReadonlySet<string>,
): Promise<void> {
  const leftOf = (document: Noted<T>): readonly Note[] =>
    notesOf(document).filter(({ noteId }) => !brought.has(noteId))
  for (;;) {
    const current = await documents.get(id)
    if (current === undefined) return
    const { document, version } = current
    const left = leftOf(document)
    if (left.length === notesOf(document).length) return
    if (isGone(document) && left.length === 0) {
      if (await documents.remove(id, version)) return
    } else {
      const next = isGone(document) ? goneWith<T>(id, left) : withNotes(withoutNotes(document), left)
      if ((await documents.replace(next, version)).kind !== 'conflict') return
    }
  }
}
