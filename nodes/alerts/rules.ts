import { z } from 'zod'
import type { DeviceDirectory } from '../devices/directory.ts'
import { repeat } from '../platform/kit/repeat.ts'
import type { Platform } from '../platform/platform.ts'
import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { Collection, Filter, Page } from '../platform/store/port.ts'
import type { Alerts } from './alerts.ts'
import { armRule } from './arm-timer.ts'
import { type Rule, type RuleBody, ruleCollection } from './rule.ts'
import { RuleBook } from './rule-book.ts'

export type Saved =
  | { readonly kind: 'saved'; readonly rule: Rule }
  | { readonly kind: 'missing' }
  | { readonly kind: 'wrong'; readonly path: string; readonly message: string }

export interface RulesParts extends Pick<Platform, 'bus' | 'clock' | 'log' | 'secrets' | 'store' | 'timers'> {
  readonly alerts: Alerts
  readonly directory: Pick<DeviceDirectory, 'deviceClass' | 'lookup'>
}

const changedTopic = 'alert-rules'
const changedSchema = z.object({ orgId: z.string(), id: z.string() })
/** For what no event told of: an instance that died before it could. */
const lookEveryMs = 5000
/** Clocks of the instances may differ by so much. */
const slackMs = 60_000

/** The rules of all organizations: stored, and in the book of every instance within a moment. */
export class Rules {
  readonly book = new RuleBook()
  readonly #parts: RulesParts
  readonly #stops: readonly (() => void)[]
  #readUpToMs = 0
  #reading: Promise<void> | undefined

  private constructor(parts: RulesParts) {
    this.#parts = parts
    this.#stops = [
      parts.bus.subscribe(changedTopic, (event) => {
        const change = changedSchema.safeParse(event)
        if (change.success) this.#inBackground(() => this.#readOne(change.data))
      }),
      parts.bus.onGap(() => this.#inBackground(() => this.#readChanged())),
      repeat(parts.clock, lookEveryMs, () => this.#inBackground(() => this.#readChanged())),
    ]
  }

  static async open(parts: RulesParts): Promise<Rules> {
    const rules = new Rules(parts)
    await rules.#read({ removedAtMs: null })
    rules.#readUpToMs = parts.clock.nowMs()
    return rules
  }

  async create(orgId: string, wanted: RuleBody): Promise<Saved> {
    const fault = this.faultOf(orgId, wanted)
    if (fault !== undefined) return fault
    const { clock, secrets } = this.#parts
    const nowMs = clock.nowMs()
    const id = secrets.newId()
    const rule: Rule = {
      ...wanted,
      id,
      createdAtMs: nowMs,
      sinceMs: nowMs,
      changedAtMs: nowMs,
      removedAtMs: null,
    }
    await this.#of(orgId).insert(rule)
    return this.#announced(orgId, rule)
  }

  async change(orgId: string, id: string, wanted: RuleBody): Promise<Saved> {
    const before = await this.get(orgId, id)
    if (before === undefined) return { kind: 'missing' }
    const fault = this.faultOf(orgId, wanted)
    if (fault !== undefined) return fault
    const outcome = await this.#of(orgId).update(id, (current) => this.#changed(current, wanted))
    if (outcome.kind !== 'replaced') return { kind: 'missing' }
    const rule = outcome.stored.document
    const saved = await this.#announced(orgId, rule)
    if (!rule.isEnabled)
      await this.#parts.alerts.resolveAll(orgId, { ruleId: id }, 'the rule was switched off')
    else if (isOtherwise(before, rule))
      await this.#parts.alerts.resolveAll(orgId, { ruleId: id }, 'the rule was changed')
    return saved
  }

  /** False when there is none. */
  async remove(orgId: string, id: string): Promise<boolean> {
    if ((await this.get(orgId, id)) === undefined) return false
    const outcome = await this.#of(orgId).update(id, (current) => {
      const changedAtMs = this.#nextChangeMs(current)
      return { ...current, changedAtMs, removedAtMs: changedAtMs }
    })
    if (outcome.kind !== 'replaced') return false
    await this.#announced(orgId, outcome.stored.document)
    await this.#parts.alerts.resolveAll(orgId, { ruleId: id }, 'the rule was removed')
    return true
  }

  async get(orgId: string, id: string): Promise<Rule | undefined> {
    const rule = (await this.#of(orgId).get(id))?.document
    return rule?.removedAtMs === null ? rule : undefined
  }

  /** The oldest first. @throws InvalidCursor */
  list(
    orgId: string,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Rule>> {
    return this.#of(orgId).find(
      { removedAtMs: null },
      {
        sort: [{ path: 'createdAtMs', direction: 'ascending' }],
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      },
    )
  }

  /** Forgets what was removed before. */
  async sweep(orgId: string, beforeMs: number): Promise<void> {
    await this.#of(orgId).removeMany({ removedAtMs: { $gt: 0, $lt: beforeMs } })
  }

  /** What it names has to be there. */
  faultOf(
    orgId: string,
    { scope }: Pick<RuleBody, 'scope'>,
  ): Extract<Saved, { readonly kind: 'wrong' }> | undefined {
    const { directory } = this.#parts
    if (scope.deviceId !== undefined && directory.lookup(scope.deviceId)?.orgId !== orgId)
      return { kind: 'wrong', path: 'scope.deviceId', message: 'there is no such device' }
    if (scope.classKey !== undefined && directory.deviceClass(orgId, scope.classKey) === undefined)
      return { kind: 'wrong', path: 'scope.classKey', message: 'there is no such class' }
    return undefined
  }

  stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    return this.#reading ?? Promise.resolve()
  }

  #changed(current: Rule, wanted: RuleBody): Rule {
    const changedAtMs = this.#nextChangeMs(current)
    const { createdAtMs, id, removedAtMs, sinceMs } = current
    const next = { ...wanted, id, createdAtMs, sinceMs, changedAtMs, removedAtMs }
    return isOtherwise(current, next) ? { ...next, sinceMs: changedAtMs } : next
  }

  /** Grows with every change, whatever the clock does. */
  #nextChangeMs(current: Rule): number {
    return Math.max(this.#parts.clock.nowMs(), current.changedAtMs + 1)
  }

  async #announced(orgId: string, rule: Rule): Promise<Saved> {
    this.book.put(orgId, rule)
    // Missed, it is found by looking what has changed.
    await this.#parts.bus.publish(changedTopic, { orgId, id: rule.id }).catch(() => undefined)
    if (this.book.get(rule.id)?.isTimed === true) await armRule(this.#parts, orgId, rule.id)
    return { kind: 'saved', rule }
  }

  async #readOne({ id, orgId }: z.output<typeof changedSchema>): Promise<void> {
    const stored = await this.#of(orgId).get(id)
    if (stored !== undefined) this.book.put(orgId, stored.document)
  }

  async #readChanged(): Promise<void> {
    const startedMs = this.#parts.clock.nowMs()
    await this.#read({ changedAtMs: { $gt: this.#readUpToMs - slackMs } })
    this.#readUpToMs = startedMs
  }

  async #read(filter: Filter): Promise<void> {
    for await (const { document, orgId } of everyTenantDocument(this.#parts.store, ruleCollection, filter))
      this.book.put(orgId, document)
  }

  #inBackground(read: () => Promise<void>): void {
    this.#reading = (this.#reading ?? Promise.resolve())
      .then(read)
      .catch((error: unknown) =>
        this.#parts.log.warn({ err: error }, 'alert rules could not be read, will be tried again'),
      )
  }

  #of(orgId: string): Collection<Rule> {
    return this.#parts.store.organization(orgId).collection(ruleCollection)
  }
}

/** Whether it watches something else, or otherwise: then what it knew counts for nothing. */
function isOtherwise(one: Rule, other: Rule): boolean {
  const essence = ({ condition, isEnabled, occurrences, scope, sustainedForMs }: Rule): string =>
    JSON.stringify([condition, isEnabled, occurrences ?? null, scope, sustainedForMs ?? 0])
  return essence(one) !== essence(other)
}
