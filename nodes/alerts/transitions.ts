import type { DeviceRecord } from '../devices/device.ts'
import { type Backoff, backoffMs } from '../platform/backoff.ts'
import type { Clock } from '../platform/clock.ts'
import { Unavailable } from '../platform/kit/unavailable.ts'
import type { Logger } from '../platform/logger.ts'
import { type Alert, isOpen } from './alert.ts'
import { alertIdOf, type Alerts } from './alerts.ts'
import type { CompiledRule } from './compile-rule.ts'
import type { Transition } from './evaluate.ts'
import { messageOf } from './message.ts'

export interface TransitionParts {
  readonly alerts: Alerts
  readonly clock: Pick<Clock, 'after'>
  readonly log: Pick<Logger, 'error' | 'warn'>
  readonly random: () => number
  /** Until when nobody wants to hear of the device; null when somebody does. */
  readonly suppressedUntilMs: (orgId: string, record: DeviceRecord) => Promise<number | null>
}

const retry: Backoff = { firstMs: 100, lastMs: 10_000 }
/** Of what is not the world's failure. */
const maxTries = 5

/**
 * Makes of what the evaluator says what is stored: in order for each rule and device, and for as long as it takes, since the
 * readings that it follows from do not come again.
 */
export class Transitions {
  readonly #parts: TransitionParts
  readonly #tails = new Map<string, Promise<void>>()
  #isStopped = false

  constructor(parts: TransitionParts) {
    this.#parts = parts
  }

  /** Resolves when it is durable. */
  put(rule: CompiledRule, record: DeviceRecord, transitions: readonly Transition[]): Promise<void> {
    const key = `${rule.id}\n${record.device.id}`
    const tail = this.#putAfter(this.#tails.get(key), rule, record, transitions)
    this.#tails.set(key, tail)
    void tail.finally(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    return tail
  }

  /** Does what has to be done for as long as the engine is away; resolves all the same when that is given up. */
  async persist(task: () => Promise<void>): Promise<void> {
    for (let attempt = 0; !this.#isStopped; attempt += 1) {
      try {
        return await task()
      } catch (error) {
        const isGivenUp = !(error instanceof Unavailable) && attempt + 1 >= maxTries
        if (isGivenUp) return this.#parts.log.error({ err: error }, 'an alert could not be written')
        if (attempt === 0)
          this.#parts.log.warn({ err: error }, 'an alert could not be written; it is tried again')
        const { clock, random } = this.#parts
        await new Promise<void>((resolve) => void clock.after(backoffMs(attempt, retry, random()), resolve))
      }
    }
    throw new Unavailable('stopped before an alert was written')
  }

  async #putAfter(
    before: Promise<void> | undefined,
    rule: CompiledRule,
    record: DeviceRecord,
    transitions: readonly Transition[],
  ): Promise<void> {
    await before
    for (const transition of transitions) await this.persist(() => this.#apply(rule, record, transition))
  }

  async whenIdle(): Promise<void> {
    await Promise.allSettled(this.#tails.values())
  }

  stop(): void {
    this.#isStopped = true
  }

  async #apply(rule: CompiledRule, record: DeviceRecord, transition: Transition): Promise<void> {
    const { alerts } = this.#parts
    const { orgId } = record
    const identity = {
      ruleId: rule.id,
      deviceId: record.device.id,
      port: rule.alertPort,
      firedAtMs: transition.firedAtMs,
    }
    const id = alertIdOf(identity)
    if (transition.kind === 'fired') {
      const alert = this.#newAlert(rule, record, transition)
      const suppressedUntilMs = await this.#parts.suppressedUntilMs(orgId, record)
      await alerts.fire(orgId, { id, ...identity, ...alert }, suppressedUntilMs)
      return
    }
    const outcome = await alerts.resolve(orgId, id, { atMs: transition.atMs })
    if (outcome.kind !== 'refused') return
    // Another instance had opened one before ours.
    const newest = await alerts.newestOf(orgId, rule.id, record.device.id)
    if (newest !== undefined && isOpen(newest))
      await alerts.resolve(orgId, newest.id, { atMs: transition.atMs })
  }

  #newAlert(
    compiled: CompiledRule,
    record: DeviceRecord,
    { atMs, value }: Transition,
  ): Pick<Alert, 'channels' | 'message' | 'ruleName' | 'severity' | 'value'> {
    const { channels = [], name, severity } = compiled.rule
    const message = messageOf({ compiled, record, deviceId: record.device.id, value, atMs })
    return { ruleName: name, severity, value, message, channels }
  }
}
