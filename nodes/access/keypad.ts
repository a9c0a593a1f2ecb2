/** The keypad of a pod: who guesses is locked out, and what comes again counts once. Pure. */
import { z } from 'zod'
import { type Decider, refused } from '../platform/kit/decider/decider.ts'
import { eventFields } from '../platform/kit/events/event.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

export const keypadRules = {
  /** So many wrong codes */
  maxWrong: 5,
  /** within this time */
  withinMs: 10 * 60_000,
  /** lock it for this long. */
  lockedMs: 15 * 60_000,
  /** What was typed longer ago by the clock of the pod, or is to be typed, opens nothing. */
  maxOffMs: 2 * 60_000,
} as const
const maxSeen = 200

export const seenSchema = z.strictObject({
  id: z.string(),
  outcome: z.enum(['accepted', 'wrong', 'locked', 'late']),
  bookingId: z.string().nullable(),
})

export const keypadSchema = z.strictObject({
  /** The pod's. */
  id: z.string(),
  /** When wrong codes were typed that count still. */
  wrongAtMs: z.array(z.number()),
  lockedUntilMs: z.number().nullable(),
  /** What the last that were typed came to, by the event's id. */
  seen: z.array(seenSchema),
})
export type Keypad = z.output<typeof keypadSchema>
export type Seen = z.output<typeof seenSchema>

export const keypadDocumentSchema = z.strictObject({ ...keypadSchema.shape, ...eventFields })
export type KeypadDocument = z.output<typeof keypadDocumentSchema>

export const keypadCollection: CollectionSpec<KeypadDocument> = {
  name: 'keypads',
  schema: keypadDocumentSchema,
  indexesEverywhere: [['pendingSinceMs']],
}

export type KeypadCommand =
  | {
      readonly type: 'CheckCode'
      readonly podId: string
      readonly eventId: string
      /** By the clock of the pod. */
      readonly typedAtMs: number
      /** The booking that has the code; null for a wrong one. */
      readonly bookingId: string | null
    }
  | { readonly type: 'UnlockKeypad'; readonly podId: string; readonly actor: string }

type Typed = { readonly podId: string; readonly eventId: string }
export type KeypadEvent =
  | { readonly type: 'CodeAccepted'; readonly data: Typed & { readonly bookingId: string } }
  | { readonly type: 'CodeRefused'; readonly data: Typed & { readonly why: 'late' | 'locked' | 'wrong' } }
  | { readonly type: 'KeypadLocked'; readonly data: { readonly podId: string; readonly untilMs: number } }
  | { readonly type: 'KeypadUnlocked'; readonly data: { readonly podId: string; readonly actor: string } }

export const keypadDecider: Decider<Keypad, KeypadCommand, KeypadEvent, 'missing'> = {
  decide(state, command, nowMs) {
    const { podId } = command
    if (command.type === 'UnlockKeypad') {
      if (state === undefined) return refused('missing')
      const isLocked = state.lockedUntilMs !== null && nowMs < state.lockedUntilMs
      return isLocked || state.wrongAtMs.length > 0
        ? [{ type: 'KeypadUnlocked', data: { podId, actor: command.actor } }]
        : []
    }
    const { bookingId, eventId, typedAtMs } = command
    if (state?.seen.some(({ id }) => id === eventId) === true) return []
    const no = (why: 'late' | 'locked' | 'wrong'): KeypadEvent => ({
      type: 'CodeRefused',
      data: { podId, eventId, why },
    })
    if (isLockedAt(state, nowMs)) return [no('locked')]
    if (Math.abs(nowMs - typedAtMs) > keypadRules.maxOffMs) return [no('late')]
    if (bookingId !== null) return [{ type: 'CodeAccepted', data: { podId, eventId, bookingId } }]
    const { lockedMs, maxWrong } = keypadRules
    const locked: readonly KeypadEvent[] =
      recent(state?.wrongAtMs ?? [], nowMs).length + 1 >= maxWrong
        ? [{ type: 'KeypadLocked', data: { podId, untilMs: nowMs + lockedMs } }]
        : []
    return [no('wrong'), ...locked]
  },

  evolve(state, event, atMs) {
    const { podId } = event.data
    const before = state ?? { id: podId, wrongAtMs: [], lockedUntilMs: null, seen: [] }
    if (event.type === 'KeypadLocked') return { ...before, wrongAtMs: [], lockedUntilMs: event.data.untilMs }
    if (event.type === 'KeypadUnlocked') return { ...before, wrongAtMs: [], lockedUntilMs: null }
    const { eventId } = event.data
    if (event.type === 'CodeAccepted') {
      const { bookingId } = event.data
      const seen = withSeen(before, { id: eventId, outcome: 'accepted', bookingId })
      return { ...before, wrongAtMs: [], lockedUntilMs: null, seen }
    }
    const { why } = event.data
    const seen = withSeen(before, { id: eventId, outcome: why, bookingId: null })
    const wrongAtMs = recent(before.wrongAtMs, atMs)
    return { ...before, seen, wrongAtMs: why === 'wrong' ? [...wrongAtMs, atMs] : wrongAtMs }
  },
}

export const isLockedAt = (keypad: Keypad | undefined, nowMs: number): boolean =>
  keypad !== undefined && keypad.lockedUntilMs !== null && nowMs < keypad.lockedUntilMs

const recent = (times: readonly number[], nowMs: number): number[] =>
  times.filter((time) => time > nowMs - keypadRules.withinMs)

const withSeen = ({ seen }: Keypad, one: Seen): Seen[] => [...seen, one].slice(-maxSeen)
