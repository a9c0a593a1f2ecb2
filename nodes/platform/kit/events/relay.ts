/**
 * Brings the events of documents to the stream: in order for each document, at least once.
 *
 * The instance that wrote them brings them at once, from memory. What it could not (it was killed, the stream was away) any
 * instance finds in the documents a moment later. Two may then bring the same ones: an event keeps its id, and whoever
 * consumes them knows by its number what it has seen.
 */
import type { Clock } from '../../clock.ts'
import type { Logger } from '../../logger.ts'
import type { CollectionSpec, Store } from '../../store/port.ts'
import type { Stream } from '../../stream/port.ts'
import { unaudited } from '../audit/scope.ts'
import { type EventDocument, eventStream, type PendingEvent } from './event.ts'
import { eventId, toEntry } from './event-codec.ts'
import { LastLook } from '../last-look.ts'

export interface RelayParts {
  readonly store: Store
  readonly stream: Pick<Stream, 'append'>
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'after'>
  readonly log: Pick<Logger, 'warn'>
  /** Of jitter, in [0, 1). */
  readonly random: () => number
}

const lookEveryMs = 1000
/** Younger ones their own instance is about to bring. */
const graceMs = 1000
/** After the last write a look finds whatever is left; sooner it passes over what is young. */
const settledMs = 2 * graceMs
const maxDocuments = 500
/** What is on the stream is taken off its documents so long after, all in one write; well within the grace. */
const markAfterMs = 200

interface Searched {
  readonly spec: CollectionSpec<EventDocument>
  readonly lastLook: LastLook<'nothing'>
}

interface Place {
  readonly spec: CollectionSpec<EventDocument>
  readonly orgId: string
  readonly id: string
}

interface Waiting extends Place {
  readonly events: Map<number, PendingEvent>
}

export class EventRelay {
  readonly #parts: RelayParts
  /** Where leftovers are looked for, by the collections' names. */
  readonly #searched = new Map<string, Searched>()
  #waiting = new Map<string, Waiting>()
  /** On the stream, and not taken off their documents yet. */
  readonly #unmarked = new Map<string, Waiting>()
  #marking: Promise<void> | undefined
  #cancelMark: (() => void) | undefined
  #cancelSoon: (() => void) | undefined
  #relaying: Promise<void> | undefined
  #looking: Promise<void> | undefined
  #cancelLook: (() => void) | undefined
  #isStopped = true

  constructor(parts: RelayParts) {
    this.#parts = parts
  }

  /**
   * Events were just written with this document.
   * @param withinMs how long they may wait for others with which they share a write, where nobody is in a hurry
   */
  offer<T extends EventDocument>(spec: CollectionSpec<T>, orgId: string, document: T, withinMs = 0): void {
    this.#add(spec, orgId, document)
    if (withinMs === 0) return unaudited(() => void this.#relay())
    this.#cancelSoon ??= this.#parts.clock.after(withinMs, () => unaudited(() => void this.#relay()))
  }

  /** The document without those events that are on the stream already: whoever writes it need not have them taken off later. */
  withoutRelayed<T extends EventDocument>(spec: CollectionSpec<T>, orgId: string, document: T): T {
    const unmarked = this.#unmarked.get(keyOf(spec, orgId, document))
    return unmarked === undefined ? document : without(document, unmarked.events)
  }

  /** From now on also finds what others, or a life before, have left in these collections. */
  start<T extends EventDocument>(specs: readonly CollectionSpec<T>[]): void {
    for (const spec of specs) {
      if (spec.indexesEverywhere?.some(([first]) => first === 'pendingSinceMs') !== true)
        throw new RangeError(`the relay needs an index of ${spec.name} by pendingSinceMs`)
      this.#searched.set(spec.name, { spec, lastLook: new LastLook(settledMs) })
    }
    if (!this.#isStopped) return
    this.#isStopped = false
    this.#look()
  }

  /** Resolves when what is under way is on the stream. */
  async whenIdle(): Promise<void> {
    while (this.#looking !== undefined || this.#relaying !== undefined || this.#waiting.size > 0) {
      await this.#looking
      await this.#relay()
    }
    await this.#markAll()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelLook?.()
    await this.whenIdle()
  }

  #look(): void {
    this.#looking = this.#findLeftovers()
      .catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'events could not be looked for; it is tried again')
      })
      .finally(() => {
        this.#looking = undefined
        if (this.#isStopped) return
        const { clock, random } = this.#parts
        this.#cancelLook = clock.after(lookEveryMs * (0.75 + random() / 4), () => this.#look())
      })
  }

  async #findLeftovers(): Promise<void> {
    const { clock, store } = this.#parts
    const options = {
      sort: [{ path: 'pendingSinceMs', direction: 'ascending' }],
      limit: maxDocuments,
    } as const
    for (const { lastLook, spec } of this.#searched.values()) {
      if (lastLook.stillFound(store.revisionOf?.(spec), clock.monotonicMs()) === 'nothing') continue
      for (let found = maxDocuments; found === maxDocuments && !this.#isStopped;) {
        const left = { pendingSinceMs: { $gt: 0, $lte: clock.nowMs() - graceMs } }
        const { items } = await store.everywhere(spec, left, options)
        for (const { document, orgId } of items) this.#add(spec, orgId, document)
        found = items.length
        if (found === 0) lastLook.note('nothing', clock.monotonicMs())
        // Failing leaves them where they are, for the next look.
        if (!(await this.#relay())) break
      }
    }
  }

  #add(spec: CollectionSpec<EventDocument>, orgId: string, document: EventDocument): void {
    const key = keyOf(spec, orgId, document)
    const known = this.#unmarked.get(key)?.events
    const events = document.pendingEvents.filter((event) => !isAmong(event, known))
    if (events.length === 0) return
    const waiting = this.#waiting.get(key) ?? { spec, orgId, id: document.id, events: new Map() }
    for (const event of events) waiting.events.set(event.seq, event)
    this.#waiting.set(key, waiting)
  }

  /** One append after the other, each with what has come together meanwhile. False when the last one failed. */
  async #relay(): Promise<boolean> {
    let isRelayed = true
    while (this.#relaying !== undefined) await this.#relaying
    if (this.#waiting.size === 0) return isRelayed
    this.#relaying = this.#relayAll()
      .catch((error: unknown) => {
        isRelayed = false
        this.#parts.log.warn({ err: error }, 'events could not be relayed; it is tried again')
      })
      .finally(() => {
        this.#relaying = undefined
      })
    await this.#relaying
    return isRelayed
  }

  async #relayAll(): Promise<void> {
    this.#cancelSoon?.()
    this.#cancelSoon = undefined
    const batch = [...this.#waiting.values()]
    this.#waiting = new Map()
    const entries = batch.flatMap(({ events, id, orgId, spec }) =>
      [...events.values()]
        .sort((a, b) => a.seq - b.seq)
        .map(({ seq, ...event }) =>
          toEntry({
            ...event,
            id: eventId(spec.name, id, seq),
            orgId,
            subject: { kind: spec.name, id },
            seq,
          }),
        ),
    )
    if (entries.length > 0) await this.#parts.stream.append(eventStream, entries, true)
    for (const waiting of batch) {
      const key = keyOf(waiting.spec, waiting.orgId, waiting)
      const before = this.#unmarked.get(key)?.events ?? []
      this.#unmarked.set(key, { ...waiting, events: new Map([...before, ...waiting.events]) })
    }
    this.#cancelMark ??= this.#parts.clock.after(markAfterMs, () => void this.#markAll())
  }

  /** One round after the other, each of all that is on the stream by then. */
  async #markAll(): Promise<void> {
    this.#cancelMark?.()
    this.#cancelMark = undefined
    while (this.#marking !== undefined) await this.#marking
    if (this.#unmarked.size === 0) return
    this.#marking = Promise.all(Array.from(this.#unmarked, ([key, unmarked]) => this.#mark(key, unmarked)))
      .then(() => undefined)
      .catch((error: unknown) => {
        this.#unmarked.clear()
        this.#parts.log.warn({ err: error }, 'relayed events could not be taken off; they are relayed again')
      })
      .finally(() => {
        this.#marking = undefined
      })
    await this.#marking
  }

  async #mark(key: string, unmarked: Waiting): Promise<void> {
    const { events, id, orgId, spec } = unmarked
    const documents = this.#parts.store.organization(orgId).collection(spec)
    await documents.update(id, (document) => without(document, events))
    if (this.#unmarked.get(key) === unmarked) this.#unmarked.delete(key)
  }
}

/** By its time as well: a document that was removed may be there anew, and count from 1. */
const isAmong = ({ atMs, seq, type }: PendingEvent, events?: ReadonlyMap<number, PendingEvent>): boolean => {
  const same = events?.get(seq)
  return same !== undefined && same.atMs === atMs && same.type === type
}

const without = <T extends EventDocument>(document: T, events: ReadonlyMap<number, PendingEvent>): T => {
  const pendingEvents = document.pendingEvents.filter((event) => !isAmong(event, events))
  if (pendingEvents.length === document.pendingEvents.length) return document
  return { ...document, pendingEvents, pendingSinceMs: pendingEvents[0]?.atMs ?? null }
}

const keyOf = ({ name }: { readonly name: string }, orgId: string, { id }: { readonly id: string }): string =>
  `${name}/${orgId}/${id}`
