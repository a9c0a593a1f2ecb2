import type { DeviceRecord } from '../devices/device.ts'
import { type CompiledRule, anyPort } from './compile-rule.ts'
import type { WatchedReading, WatchState } from './evaluate.ts'

/** A rule at a device. */
export interface Watcher {
  readonly rule: CompiledRule
  /** Undefined until it is worked out from what is stored. */
  state: WatchState | undefined
  /** When its timer rings, epoch milliseconds. */
  timerMs: number | undefined
}

/** All that watches one device; replaced when the device or a rule changes. */
export interface Plan {
  readonly record: DeviceRecord
  readonly watchers: readonly Watcher[]
  /** By port number. */
  readonly byPort: readonly (readonly Watcher[] | undefined)[]
  /** Of rules that are about data of any port. */
  readonly ofAny: readonly Watcher[]
  /** Of the directory, when the record was looked at. */
  revision: number
  isStale: boolean
  /** What came while states were worked out, in order; undefined when there is nothing to wait for. */
  queue: WatchedReading[] | undefined
  ready: Promise<void> | undefined
}

const noWatchers: readonly Watcher[] = []

/** @param known what is known already is kept, where the rule is the same */
export function planFor(
  record: DeviceRecord,
  rules: readonly CompiledRule[],
  revision: number,
  known: Plan | undefined,
): Plan {
  const before = new Map(known?.watchers.map((watcher) => [watcher.rule.id, watcher]))
  const watchers = rules.map((rule): Watcher => {
    const same = before.get(rule.id)
    if (same?.rule === rule) return same
    return same?.rule.rule.sinceMs === rule.rule.sinceMs
      ? { ...same, rule }
      : { rule, state: undefined, timerMs: undefined }
  })
  const byPort: Watcher[][] = []
  for (const watcher of watchers)
    for (const port of watcher.rule.ports) if (port !== anyPort) (byPort[port] ??= []).push(watcher)
  return {
    record,
    watchers,
    byPort,
    ofAny: watchers.filter(({ rule }) => rule.anySlot !== -1),
    revision,
    isStale: false,
    queue: undefined,
    ready: undefined,
  }
}

/** What a reading of the port concerns, each once. */
export const watchersOf = ({ byPort, ofAny }: Plan, port: number): readonly Watcher[] => {
  const own = byPort[port] ?? noWatchers
  if (ofAny.length === 0) return own
  return own.length === 0 ? ofAny : [...new Set([...own, ...ofAny])]
}
