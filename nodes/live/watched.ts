import { z } from 'zod'

/** What is watched on one instance: by scope (`rooms.ts`), all of it or some devices. */
const watchedSchema = z.record(z.string(), z.union([z.literal('all'), z.array(z.string())]))
export type Watched = z.output<typeof watchedSchema>

/** Naming more would cost more than events that nobody wanted. */
const maxNamed = 200

export interface WatchedRoom {
  readonly scope: string
  /** Undefined for all of it. */
  readonly deviceId: string | undefined
}

/** Rooms with somebody in them, in a few words. */
export function summarize(rooms: Iterable<WatchedRoom>): Watched {
  const named = new Map<string, 'all' | string[]>()
  for (const { scope, deviceId } of rooms) {
    const before = named.get(scope) ?? []
    if (before === 'all' || deviceId === undefined || before.length === maxNamed) named.set(scope, 'all')
    else named.set(scope, [...before, deviceId])
  }
  return Object.fromEntries(named)
}

/** A snapshot that is not repeated for so long is of an instance that has gone. */
export const watchedForMs = 15_000

/**
 * What is watched on other instances, as they last said: whole snapshots, told at every change and repeated, so that a
 * missed one is made good by the next. Asked for every reading, so it answers from memory.
 */
export class WatchedElsewhere {
  readonly #snapshots = new Map<string, { readonly watched: Watched; readonly untilMs: number }>()
  #all: ReadonlySet<string> = new Set()
  #some: ReadonlyMap<string, ReadonlySet<string>> = new Map()

  /** What is no snapshot counts as none. */
  hear(instance: string, snapshot: unknown, nowMs: number): void {
    const watched = watchedSchema.safeParse(snapshot).data ?? {}
    if (Object.keys(watched).length === 0) this.#snapshots.delete(instance)
    else this.#snapshots.set(instance, { watched, untilMs: nowMs + watchedForMs })
    this.expire(nowMs)
  }

  expire(nowMs: number): void {
    for (const [instance, { untilMs }] of this.#snapshots)
      if (untilMs <= nowMs) this.#snapshots.delete(instance)
    const all = new Set<string>()
    const some = new Map<string, Set<string>>()
    for (const { watched } of this.#snapshots.values()) {
      for (const [scope, devices] of Object.entries(watched)) {
        if (devices === 'all') all.add(scope)
        else some.set(scope, new Set([...(some.get(scope) ?? []), ...devices]))
      }
    }
    this.#all = all
    this.#some = some
  }

  get isEmpty(): boolean {
    return this.#all.size === 0 && this.#some.size === 0
  }

  isWatched(scope: string, deviceId: string): boolean {
    return this.#all.has(scope) || this.#some.get(scope)?.has(deviceId) === true
  }
}
