import type { DeviceRecord } from '../devices/device.ts'
import { parseIsoTime } from '../platform/kit/iso-time.ts'
import type { Alert } from './alert.ts'
import { isOpen } from './alert.ts'
import type { CompiledRule } from './compile-rule.ts'
import {
  evaluate,
  learn,
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
  if (last !== undefined) {
    const openSinceMs = isOpen(last) ? last.firedAtMs : null
    state = { ...state, openSinceMs, lastFiredMs: last.firedAtMs }
  }
  const settledMs = last === undefined ? -Infinity : (last.resolvedAtMs ?? last.firedAtMs)
  const transitions: Transition[] = []
  for (const reading of readings) {
    if (reading.ingestTs < rule.rule.sinceMs || reading.ts <= settledMs) state = learn(state, reading, rule)
    else {
      const [next, caused] = evaluate(state, reading, rule)
      state = next
      transitions.push(...caused)
    }
  }
  return [state, transitions]
}
