import type { Body, Channel } from './devices/model.ts'
import { between, happens, type Random } from './random.ts'
import type { FaultPlan } from './fault-plan.ts'

export interface Outgoing {
  readonly channel: Channel
  readonly topic: string
  readonly body: Body
}

export interface Emission {
  readonly channel: Channel
  readonly topic: string
  readonly payload: string
  /** Sent so much later. */
  readonly lateMs?: number
}

export interface FaultState {
  /** How wrong this device's clock is. */
  readonly skewMs: number
  /** A message that goes out after the one behind it. */
  readonly held: Emission | undefined
}

const LEAST_LATE_MS = 1000
const MOST_LATE_MS = 60_000
const LEAST_SKEW_MS = 60_000
const MOST_SKEW_MS = 2 * 60 * 60_000
const SHORTEST_SPELL_MS = 5_000
const LONGEST_SPELL_MS = 30_000

/** Whether a device has a wrong clock is decided once: clocks do not jump to and fro between messages. */
export function createFaultState(plan: FaultPlan, random: Random): FaultState {
  if (!happens(plan['clock-skew'] ?? 0, random)) return { skewMs: 0, held: undefined }
  const size = Math.round(between(LEAST_SKEW_MS, MOST_SKEW_MS, random))
  return { skewMs: random() < 0.5 ? -size : size, held: undefined }
}

/** What becomes of one message on its way out: nothing, itself, or several, in sending order. */
export function applyFaults(
  plan: FaultPlan,
  state: FaultState,
  outgoing: Outgoing,
  random: Random,
): readonly [FaultState, readonly Emission[]] {
  const { channel, topic } = outgoing
  // Lifecycle stays truthful: it is how the run itself is judged.
  if (channel === 'lifecycle') return [state, [serialize(outgoing, 0)]]
  if (channel === 'ack' && happens(plan['lost-acks'] ?? 0, random)) return [state, []]

  const whole = serialize(outgoing, state.skewMs)
  if (channel === 'ack') return [state, acknowledgments(plan, whole, random)]
  const sent =
    channel === 'telemetry' && happens(plan.malformed ?? 0, random)
      ? { channel, topic, payload: damage(whole.payload, random) }
      : whole
  const copies = happens(plan.duplicates ?? 0, random) ? [sent, sent] : [sent]

  if (state.held !== undefined) return [{ ...state, held: undefined }, [...copies, state.held]]
  if (happens(plan['out-of-order'] ?? 0, random)) {
    return [{ ...state, held: sent }, copies.slice(1)]
  }
  return [state, copies]
}

function acknowledgments(plan: FaultPlan, whole: Emission, random: Random): readonly Emission[] {
  const isTwice = happens(plan['duplicate-acks'] ?? 0, random) || happens(plan.duplicates ?? 0, random)
  const ack: Emission = happens(plan['late-acks'] ?? 0, random)
    ? { ...whole, lateMs: Math.round(between(LEAST_LATE_MS, MOST_LATE_MS, random)) }
    : whole
  return isTwice ? [ack, ack] : [ack]
}

/** Lets go of a held message, so that stopping loses nothing. */
export function releaseHeld(state: FaultState): readonly [FaultState, readonly Emission[]] {
  return [{ ...state, held: undefined }, state.held === undefined ? [] : [state.held]]
}

/** For how long the device drops off the network before this report, if it does. */
export function offlineSpellMs(plan: FaultPlan, random: Random): number | undefined {
  if (!happens(plan.offline ?? 0, random)) return undefined
  return Math.round(between(SHORTEST_SPELL_MS, LONGEST_SPELL_MS, random))
}

/** A guessed 6-digit code, when somebody tries the keypad before this report. */
export function guessedPin(plan: FaultPlan, random: Random): string | undefined {
  if (!happens(plan['wrong-pins'] ?? 0, random)) return undefined
  return String(Math.floor(random() * 1_000_000)).padStart(6, '0')
}

function serialize({ channel, topic, body }: Outgoing, skewMs: number): Emission {
  const skewed =
    skewMs === 0 || body.ts === undefined
      ? body
      : { ...body, ts: new Date(Date.parse(body.ts) + skewMs).toISOString() }
  return { channel, topic, payload: JSON.stringify(skewed) }
}

function damage(payload: string, random: Random): string {
  const torn = payload.slice(0, Math.floor(random() * (payload.length - 1)) + 1)
  const kinds = [torn, '\u0000\u0001\u00ff', '[]', '{"ts":"yesterday","readings":"none"}']
  return kinds[Math.floor(random() * kinds.length)] ?? torn
}
