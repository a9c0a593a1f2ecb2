/** The shell around a decider: reads the document, decides, and writes what it has become together with its events. */
import type { Clock } from '../../clock.ts'
import type { CollectionSpec, Store } from '../../store/port.ts'
import { type EventBody, type EventDocument, noEvents, withEvents } from '../events/event.ts'
import type { EventRelay } from '../events/relay.ts'
import { type Decider, isRefused } from './decider.ts'

export type Handled<S, E, R> =
  /** Durable, with its events; without any when it had been carried out before. */
  | { readonly kind: 'done'; readonly state: S; readonly events: readonly E[] }
  | { readonly kind: 'refused'; readonly refusal: R }
  /** Another document holds a key that this one wants. */
  | { readonly kind: 'duplicate'; readonly key: string }

export interface AggregateParts<S, C, E extends EventBody, R> {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly relay: Pick<EventRelay, 'offer' | 'withoutRelayed'>
  /** Of documents that are the state with its event fields (`eventFields`). */
  readonly collection: CollectionSpec<S & EventDocument>
  readonly decider: Decider<S, C, E, R>
  /** What others are told of an event, where that is not the event itself; undefined: nothing. Pure. */
  readonly announce?: (event: E, after: S) => EventBody | undefined
  /** How long they may wait to be told; at once by default. */
  readonly announceWithinMs?: number
  /**
   * Where nearly every command changes something: it is decided in the write itself, so that the document is read once.
   * What is refused then is a write, too.
   */
  readonly isDecidedInWrite?: boolean
}

export interface Aggregate<S, C, E, R> {
  /** Decides by what is stored at this moment: whoever writes in between has it decided anew. @throws StoreUnavailable */
  handle(orgId: string, id: string, command: C): Promise<Handled<S, E, R>>
  /** The same for what its caller takes for new: whether something of that id is there is asked only when it cannot be made. */
  begin(orgId: string, id: string, command: C): Promise<Handled<S, E, R>>
}

/** The document, which exists, after the command, with its events; as it is when the command is refused. Pure. */
export function carriedOut<S, T extends S & EventDocument, C, E extends EventBody, R>(
  decider: Decider<S, C, E, R>,
  document: T,
  command: C,
  nowMs: number,
  announce?: AggregateParts<S, C, E, R>['announce'],
): T {
  const decision = decider.decide(document, command, nowMs)
  if (isRefused(decision) || decision.length === 0) return document
  let state: S = document
  for (const event of decision) state = decider.evolve(state, event, nowMs)
  return withEvents({ ...document, ...state }, announced(decision, state, announce), nowMs)
}

const announced = <S, E extends EventBody>(
  events: readonly E[],
  after: S,
  announce: ((event: E, after: S) => EventBody | undefined) | undefined,
): readonly EventBody[] =>
  announce === undefined
    ? events
    : events.map((event) => announce(event, after)).filter((event) => event !== undefined)

export function openAggregate<S extends { readonly id: string }, C, E extends EventBody, R>({
  announce,
  announceWithinMs,
  clock,
  collection: spec,
  decider,
  isDecidedInWrite = false,
  relay,
  store,
}: AggregateParts<S, C, E, R>): Aggregate<S, C, E, R> {
  type Decided =
    | Extract<Handled<S, E, R>, { readonly kind: 'refused' }>
    | { readonly kind: 'done'; readonly state: S; readonly events: readonly E[] }

  function decide(before: S | undefined, command: C, nowMs: number): Decided {
    const decision = decider.decide(before, command, nowMs)
    if (isRefused(decision)) return { kind: 'refused', refusal: decision.refused }
    let state = before
    for (const event of decision) state = decider.evolve(state, event, nowMs)
    if (state === undefined) throw new Error('a command on what does not exist came to nothing')
    return { kind: 'done', state, events: decision }
  }

  const isWritten = (decided: Decided): decided is Extract<Decided, { readonly kind: 'done' }> =>
    decided.kind === 'done' && decided.events.length > 0

  function documentOf(
    orgId: string,
    before: (S & EventDocument) | undefined,
    { events, state }: Extract<Decided, { readonly kind: 'done' }>,
    nowMs: number,
  ): S & EventDocument {
    const { eventSeq, pendingEvents, pendingSinceMs } =
      before === undefined ? noEvents : relay.withoutRelayed(spec, orgId, before)
    return withEvents(
      { ...state, eventSeq, pendingEvents, pendingSinceMs },
      announced(events, state, announce),
      nowMs,
    )
  }

  async function carryOut(
    orgId: string,
    id: string,
    command: C,
    isThere: boolean,
  ): Promise<Handled<S, E, R>> {
    const documents = store.organization(orgId).collection(spec)
    for (let isRead = isThere; ; isRead = true) {
      const stored = isRead ? await documents.get(id) : undefined
      const nowMs = clock.nowMs()
      const decided = decide(stored?.document, command, nowMs)
      if (!isWritten(decided)) return decided
      const next = documentOf(orgId, stored?.document, decided, nowMs)
      const outcome =
        stored === undefined ? await documents.insert(next) : await documents.replace(next, stored.version)
      switch (outcome.kind) {
        case 'inserted':
        case 'replaced':
          relay.offer(spec, orgId, outcome.stored.document, announceWithinMs)
          return { kind: 'done', state: outcome.stored.document, events: decided.events }
        case 'duplicate':
          // Somebody else has just made it.
          if (outcome.key !== 'id') return outcome
          break
        case 'conflict':
        case 'missing':
          break
      }
    }
  }

  async function carryOutInWrite(orgId: string, id: string, command: C): Promise<Handled<S, E, R>> {
    let decided: Decided | undefined
    const outcome = await store
      .organization(orgId)
      .collection(spec)
      .update(id, (before) => {
        const nowMs = clock.nowMs()
        decided = decide(before, command, nowMs)
        return isWritten(decided) ? documentOf(orgId, before, decided, nowMs) : before
      })
    if (outcome.kind === 'duplicate') return outcome
    if (outcome.kind !== 'replaced' || decided === undefined) return carryOut(orgId, id, command, true)
    if (!isWritten(decided)) return decided
    relay.offer(spec, orgId, outcome.stored.document, announceWithinMs)
    return { ...decided, state: outcome.stored.document }
  }

  return {
    handle: (orgId, id, command) =>
      isDecidedInWrite ? carryOutInWrite(orgId, id, command) : carryOut(orgId, id, command, true),
    begin: (orgId, id, command) => carryOut(orgId, id, command, false),
  }
}
