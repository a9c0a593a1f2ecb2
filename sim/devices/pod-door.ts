import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { isoTime, publish, type DeviceOutput, type Step } from './model.ts'

export type PodEvent =
  | 'CODE_ENTERED'
  | 'WRONG_CODE'
  | 'OPEN_DOOR'
  | 'SESSION_START'
  | 'SESSION_END'
  | 'CLOSE_DOOR'

export const provisionSchema = z.object({
  /** `online`: the platform is to be asked about every code again. */
  mode: z.enum(['online', 'offline']).default('offline'),
  epoch: z.int().min(0),
  key: z.string().min(1),
  codes: z.array(
    z.object({
      hash: z.string(),
      from: z.iso.datetime(),
      until: z.iso.datetime(),
      bookingId: z.string().optional(),
    }),
  ),
})

/** Codes that the pod may judge by itself (offline mode): only hashes ever reach the door. */
export type Provision = z.infer<typeof provisionSchema>

interface Guest {
  readonly bookingId: string | undefined
  readonly untilMs: number
}

export type Session =
  | { readonly phase: 'empty' }
  | { readonly phase: 'entering' | 'staying' | 'leaving'; readonly guest: Guest; readonly nextMs: number }

export interface DoorState {
  readonly deviceId: string
  readonly session: Session
  readonly provision: Provision | undefined
  /** Of a pod that judges codes by itself: when wrong ones were typed, and until when it takes none. */
  readonly wrongAtMs: readonly number[]
  readonly lockedUntilMs: number | undefined
  readonly eventCount: number
}

/** So many wrong codes within so long lock the keypad for so long. */
const LOCK_OUT = { wrong: 5, withinMs: 10 * 60_000, forMs: 15 * 60_000 } as const

/** From the open door to the guest lying down, and from getting up to the shut door. */
export const DOORWAY_MS = 5_000
export const DEFAULT_STAY_MS = 25 * 60_000
/** Guests leave a little before their time is over. */
const LEAVES_EARLY_MS = 60_000

/** How the pod turns a typed code into what `provisionCodes` brought: hex HMAC-SHA-256 under the epoch's key. */
export function hashCode(key: string, code: string): string {
  return createHmac('sha256', key).update(code).digest('hex')
}

/**
 * Somebody types a code. A pod that was given codes decides by itself (OPEN_DOOR or WRONG_CODE); any other pod reports
 * CODE_ENTERED and leaves the decision to the platform.
 */
export function typeCode<S extends DoorState>(state: S, code: string, nowMs: number): Step<S> {
  const { provision } = state
  if (provision === undefined || provision.mode === 'online')
    return emit(state, 'CODE_ENTERED', nowMs, { code })
  if (state.lockedUntilMs !== undefined && nowMs < state.lockedUntilMs)
    return emit(state, 'WRONG_CODE', nowMs, {})
  const hash = hashCode(provision.key, code)
  const match = provision.codes.find(
    (entry) => entry.hash === hash && Date.parse(entry.from) <= nowMs && nowMs < Date.parse(entry.until),
  )
  if (match === undefined) return emit(guessed(state, nowMs), 'WRONG_CODE', nowMs, {})
  return openDoor(unlocked(state), match.bookingId, Date.parse(match.until), nowMs)
}

export const unlocked = <S extends DoorState>(state: S): S => ({
  ...state,
  wrongAtMs: [],
  lockedUntilMs: undefined,
})

function guessed<S extends DoorState>(state: S, nowMs: number): S {
  const wrongAtMs = [...state.wrongAtMs.filter((atMs) => atMs > nowMs - LOCK_OUT.withinMs), nowMs]
  if (wrongAtMs.length < LOCK_OUT.wrong) return { ...state, wrongAtMs }
  return { ...state, wrongAtMs: [], lockedUntilMs: nowMs + LOCK_OUT.forMs }
}

/** Lets a guest in. During a session the door opens for the guest who stepped out, and the session goes on. */
export function openDoor<S extends DoorState>(
  state: S,
  bookingId: string | undefined,
  untilMs: number | undefined,
  nowMs: number,
): Step<S> {
  const { session } = state
  if (session.phase !== 'empty') {
    return emit(state, 'OPEN_DOOR', nowMs, naming(bookingId ?? session.guest.bookingId))
  }
  const nextMs = nowMs + DOORWAY_MS
  const guest = { bookingId, untilMs: untilMs ?? nowMs + DEFAULT_STAY_MS }
  const [opened, outputs] = emit(state, 'OPEN_DOOR', nowMs, naming(bookingId))
  return [
    { ...opened, session: { phase: 'entering', guest, nextMs } },
    [...outputs, { kind: 'wake', atMs: nextMs }],
  ]
}

/** Moves the session on when its next moment has come; an early or stray wake-up changes nothing. */
export function continueSession<S extends DoorState>(state: S, nowMs: number): Step<S> {
  const { session } = state
  if (session.phase === 'empty' || nowMs < session.nextMs) return [state, []]
  const { guest } = session
  if (session.phase === 'staying') return leave(state, nowMs)
  if (session.phase === 'leaving') {
    const [closed, outputs] = emit(state, 'CLOSE_DOOR', nowMs, naming(guest.bookingId))
    return [{ ...closed, session: { phase: 'empty' } }, outputs]
  }
  const nextMs = Math.max(nowMs + DOORWAY_MS, guest.untilMs - LEAVES_EARLY_MS)
  const [started, outputs] = emit(state, 'SESSION_START', nowMs, naming(guest.bookingId))
  return [
    { ...started, session: { phase: 'staying', guest, nextMs } },
    [...outputs, { kind: 'wake', atMs: nextMs }],
  ]
}

/** The guest gets up and goes; nothing happens unless one is staying. */
export function leave<S extends DoorState>(state: S, nowMs: number): Step<S> {
  const { session } = state
  if (session.phase !== 'staying') return [state, []]
  const nextMs = nowMs + DOORWAY_MS
  const [ended, outputs] = emit(state, 'SESSION_END', nowMs, naming(session.guest.bookingId))
  return [
    { ...ended, session: { phase: 'leaving', guest: session.guest, nextMs } },
    [...outputs, { kind: 'wake', atMs: nextMs }],
  ]
}

function emit<S extends DoorState>(
  state: S,
  event: PodEvent,
  nowMs: number,
  fields: Readonly<Record<string, unknown>>,
): Step<S> {
  const eventCount = state.eventCount + 1
  // The time keeps ids apart over a restart, the count within a millisecond.
  const eventId = `${state.deviceId}-${nowMs}-${eventCount}`
  const output: DeviceOutput = publish('event', { event, ts: isoTime(nowMs), ...fields, eventId })
  return [{ ...state, eventCount }, [output]]
}

function naming(bookingId: string | undefined): Readonly<Record<string, unknown>> {
  return bookingId === undefined ? {} : { bookingId }
}
