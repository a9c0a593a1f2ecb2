import type { DeviceRecord } from '../devices/device.ts'
import { parseIsoTime } from '../platform/kit/iso-time.ts'
import type { CompiledRule } from './compile-rule.ts'
import {
  advance,
  evaluate,
  learn,
  newWatch,
  type Transition,
  type WatchedReading,
  type WatchState,
} from './evaluate.ts'
import { glance } from './glance.ts'

/** An alert as a rule would have made it; times in epoch milliseconds. */
export interface Firing {
  readonly deviceId: string
  readonly port: number | null
  readonly firedAtMs: number
  /** Null when it would be open at the end. */
  readonly resolvedAtMs: number | null
  readonly value: number | null
}

/** What a rule would have fired at one device, had there been it: by the same evaluator, a piece of the past at a time. */
export class BackTest {
  readonly #rule: CompiledRule
  readonly #deviceId: string
  readonly #happened: Transition[] = []
  #state: WatchState

  /** @param rule one whose `sinceMs` is where the period begins */
  constructor(rule: CompiledRule, { device }: DeviceRecord) {
    const bornMs = parseIsoTime(device.createdAt)
    this.#rule = rule
    this.#deviceId = device.id
    this.#state = newWatch(rule, { ts: bornMs, wall: bornMs })
  }

  /** In order of arrival; from before the period as many as the rule looks back. */
  take(readings: readonly WatchedReading[]): void {
    const rule = this.#rule
    let state = this.#state
    for (const reading of readings) {
      if (reading.ts < rule.rule.sinceMs) state = learn(state, reading, rule)
      else if (!glance(state, reading, rule)) {
        const [next, transitions] = evaluate(state, reading, rule)
        state = next
        if (transitions.length > 0) this.#happened.push(...transitions)
      }
    }
    this.#state = state
  }

  /** In order. */
  end(toMs: number): readonly Firing[] {
    const happened = [...this.#happened, ...advance(this.#state, { ts: toMs, wall: toMs }, this.#rule)[1]]
    return happened.flatMap(({ firedAtMs, kind, value }, index) => {
      if (kind !== 'fired') return []
      // What fired ends before anything else fires.
      const resolvedAtMs = happened[index + 1]?.atMs ?? null
      return [{ deviceId: this.#deviceId, port: this.#rule.alertPort, firedAtMs, resolvedAtMs, value }]
    })
  }
}

/** More often than this somebody stops looking: several times within a while, at one device. */
const flapsPerWhile = 4
const whileMs = 3_600_000

export function isFlapping(firings: readonly Firing[]): boolean {
  const byDevice = Map.groupBy(firings, ({ deviceId }) => deviceId)
  return [...byDevice.values()].some((own) =>
    own.some((firing, index) => {
      const later = own[index + flapsPerWhile - 1]
      return later !== undefined && later.firedAtMs - firing.firedAtMs <= whileMs
    }),
  )
}
