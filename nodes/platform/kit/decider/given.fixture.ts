/** Given events, when a command, then events or a refusal: what a test of a decider says. */
import { expect } from 'vitest'
import type { EventBody } from '../events/event.ts'
import type { Decider } from './decider.ts'

export interface When<C, E, R, S> {
  when(command: C, nowMs?: number): Then<E, R, S>
}

export interface Then<E, R, S> {
  /** These events, and no others. */
  thenHappens(...events: readonly E[]): void
  /** Nothing new. */
  thenNothing(): void
  thenRefused(refusal: R): void
  /** What the thing has become. */
  thenState(expected: Partial<S>): void
}

const startMs = Date.UTC(2026, 0, 1)

/** `given(decider)` is what does not exist; events happen a second apart, and the command a second after the last. */
export function given<S, C, E extends EventBody, R>(
  decider: Decider<S, C, E, R>,
  ...events: readonly E[]
): When<C, E, R, S> {
  const evolved = (state: S | undefined, more: readonly E[], fromMs: number): S | undefined => {
    let current = state
    for (const [n, event] of more.entries()) current = decider.evolve(current, event, fromMs + n * 1000)
    return current
  }
  return {
    when(command, nowMs = startMs + events.length * 1000) {
      const before = evolved(undefined, events, startMs)
      const decision = decider.decide(before, command, nowMs)
      return {
        thenHappens: (...expected) => expect(decision).toEqual(expected),
        thenNothing: () => expect(decision).toEqual([]),
        thenRefused: (refusal) => expect(decision).toEqual({ refused: refusal }),
        thenState(expected) {
          if (!Array.isArray(decision)) throw new Error(`refused: ${JSON.stringify(decision)}`)
          const happened: readonly E[] = decision
          expect(evolved(before, happened, nowMs)).toMatchObject(expected)
        },
      }
    },
  }
}
