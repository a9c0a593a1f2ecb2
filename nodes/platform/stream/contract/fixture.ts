import type { ConsumeOptions, Entry, Handled, NewEntry, Route, Stream } from '../port.ts'

/** One durable place and the stream that is open on it. */
export interface StreamUnderTest {
  readonly stream: () => Stream
  /** Closes the stream and opens it again, as a restart of the process does. */
  readonly reopen: () => Promise<Stream>
  /** Opens it again without a close, as a restart does after the process was killed. */
  readonly crash: () => Promise<Stream>
  readonly dispose: () => Promise<void>
}

export type Subject = () => StreamUnderTest

export const uplink = 'uplink'

const routes = new Map<string, Route>()

/** One object for each key, as producers do it. */
export function routeOf(key: string): Route {
  const known = routes.get(key) ?? { orgId: 'org-1', key, type: `org/org-1/device/${key}/telemetry` }
  routes.set(key, known)
  return known
}

/** An entry whose data is its label; `a1` belongs to key `a`. */
export function entry(label: string, atMs = 1000): NewEntry {
  return { route: routeOf(label.charAt(0)), atMs, data: Buffer.from(label) }
}

export function entries(...labels: readonly string[]): readonly NewEntry[] {
  return labels.map((label) => entry(label))
}

export function labelOf(one: NewEntry): string {
  return Buffer.from(one.data).toString()
}

export function labelsOf(batch: readonly NewEntry[]): readonly string[] {
  return batch.map(labelOf)
}

/** What has been handed to a scripted handler, waiting for the test's answer. */
export interface Hand {
  readonly entries: readonly Entry[]
  readonly labels: readonly string[]
  readonly answer: (handled: Handled) => void
  readonly reject: (error: Error) => void
}

/** A handler that the test answers for, call by call. */
export class ScriptedHandler {
  readonly #hands: Hand[] = []
  readonly #takers: ((hand: Hand) => void)[] = []

  readonly handle = (handed: readonly Entry[]): Promise<Handled> => {
    const { promise, resolve, reject } = Promise.withResolvers<Handled>()
    const hand = { entries: handed, labels: labelsOf(handed), answer: resolve, reject }
    const taker = this.#takers.shift()
    if (taker === undefined) this.#hands.push(hand)
    else taker(hand)
    return promise
  }

  /** The next call. */
  next(): Promise<Hand> {
    const hand = this.#hands.shift()
    if (hand !== undefined) return Promise.resolve(hand)
    return new Promise((resolve) => {
      this.#takers.push(resolve)
    })
  }
}

export const durably: Handled = { kind: 'processed', durable: Promise.resolve() }

export function neverDurably(): Handled {
  return { kind: 'processed', durable: Promise.withResolvers<void>().promise }
}

export const unavailable: Handled = { kind: 'unavailable', error: new Error('the store is away') }
export const failed: Handled = { kind: 'failed', error: new Error('cannot be processed') }

/** Consumer options that process everything durably; `seen` has the labels of all that came. */
export function collector(
  options: Partial<ConsumeOptions> = {},
): ConsumeOptions & { readonly seen: string[] } {
  const seen: string[] = []
  return {
    stream: uplink,
    group: 'process',
    startAt: 'beginning',
    maxEntries: 100,
    handle: (handed) => {
      seen.push(...labelsOf(handed))
      return Promise.resolve(durably)
    },
    abandon: () => Promise.resolve(),
    ...options,
    seen,
  }
}

export async function readAll(batches: AsyncIterable<readonly Entry[]>): Promise<readonly Entry[]> {
  const all: Entry[] = []
  for await (const batch of batches) all.push(...batch)
  return all
}
