import type { DeviceRecord } from '../devices/device.ts'
import { parseIsoTime } from '../platform/kit/iso-time.ts'
import type { Alert } from './alert.ts'
import type { CompiledRule } from './compile-rule.ts'
import {
  closed,
  evaluate,
  learn,
  missedUntil,
  newWatch,
  type Step,
  type Transition,
  type WatchedReading,
  type WatchState,
} from './evaluate.ts'

export interface Past {
  readonly rule: CompiledRule
  readonly record: DeviceRecord
  /** The newest alert of the rule and the device. */
  readonly last: Alert | undefined
  /** In order of arrival. */
  readonly readings: readonly WatchedReading[]
}

/**
 * What a rule knows of a device, worked out anew from what is stored: nothing of it has to be written for each reading, and it
 * is wherever the readings are. What comes out was told before or, where a process died in between, is told now: an alert that
 * fires again is the same. Pure.
 */
export function catchUp({ last, readings, record, rule }: Past): Step {
  const bornMs = parseIsoTime(record.device.createdAt)
  let state: WatchState = newWatch(rule, { ts: bornMs, wall: bornMs })
  const { endedByReading, isOpen: wasOpen, settledMs } = settledBy(last, rule)
  const counts = (reading: WatchedReading): boolean =>
    reading.ingestTs >= rule.rule.sinceMs &&
    (endedByReading ? reading.ts >= settledMs : reading.ts > settledMs)
  // What came late did not count when it came, so nothing that counts stands before something that does not.
  const first = readings.findIndex(counts)
  const known = first === -1 ? readings : readings.slice(0, first)
  for (const reading of known) state = learn(state, reading, rule)
  if (last !== undefined) {
    const openSinceMs = wasOpen || endedByReading ? last.firedAtMs : null
    state = { ...state, openSinceMs, lastFiredMs: last.firedAtMs }
    state = missedUntil(state, settledMs, rule)
  }
  const transitions: Transition[] = []
  let isEnding = endedByReading
  for (const reading of readings.slice(known.length)) {
    if (isEnding && last !== undefined && reading.ts > settledMs) {
      state = closed(state, last.firedAtMs, settledMs)
      isEnding = false
    }
    const [next, caused] = evaluate(state, reading, rule)
    state = next
    transitions.push(...caused)
  }
  if (isEnding && last !== undefined) state = closed(state, last.firedAtMs, settledMs)
  return [state, transitions]
}

interface Settled {
  /** Up to here the newest alert says what came of the readings. */
  readonly settledMs: number
  readonly isOpen: boolean
  /** By one of that instant: others of the same instant, of other ports, may have come after it. */
  readonly endedByReading: boolean
}

function settledBy(last: Alert | undefined, { rule }: CompiledRule): Settled {
  const nothing = { settledMs: -Infinity, isOpen: false, endedByReading: false }
  if (last === undefined) return nothing
  const { entries, firedAtMs, resolvedAtMs } = last
  if (resolvedAtMs === null) return { settledMs: firedAtMs, isOpen: true, endedByReading: false }
  // One of what the rule was before it was changed, and over, says nothing about what it is.
  if ((entries[0]?.atMs ?? 0) < rule.sinceMs) return nothing
  const end = entries.at(-1)
  const endedByReading = end?.actor.kind === 'system' && end.note === null
  return { settledMs: resolvedAtMs, isOpen: false, endedByReading }
}
