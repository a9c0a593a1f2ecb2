import type { DeviceRecord } from '../devices/device.ts'
import { type CompiledRule, compileRule } from './compile-rule.ts'
import type { Rule } from './rule.ts'
import { isInScope } from './scope.ts'

/** Called when a rule was made, changed or removed. */
export type RuleListener = (before: CompiledRule | undefined, after: CompiledRule | undefined) => void

/** Rules, found by the devices that they watch. */
export interface RuleSource {
  readonly isEmpty: boolean
  /** Of every rule that watches this device. */
  rulesFor(record: DeviceRecord): readonly CompiledRule[]
  get(ruleId: string): CompiledRule | undefined
  onChange(listener: RuleListener): () => void
}

/** All enabled rules, in memory. */
export class RuleBook implements RuleSource {
  readonly #rules = new Map<string, CompiledRule>()
  readonly #byScope = new Map<string, Set<CompiledRule>>()
  readonly #listeners = new Set<RuleListener>()

  get isEmpty(): boolean {
    return this.#rules.size === 0
  }

  get size(): number {
    return this.#rules.size
  }

  get(ruleId: string): CompiledRule | undefined {
    return this.#rules.get(ruleId)
  }

  *all(): Iterable<CompiledRule> {
    yield* this.#rules.values()
  }

  /** As it is in the store now; one that is disabled or removed is not there. */
  put(orgId: string, rule: Rule): void {
    const before = this.#rules.get(rule.id)
    if (before !== undefined && before.rule.changedAtMs >= rule.changedAtMs) return
    this.#drop(before)
    const after = rule.isEnabled && rule.removedAtMs === null ? compileRule(rule, orgId) : undefined
    if (after !== undefined) this.#add(after)
    for (const listener of this.#listeners) listener(before, after)
  }

  rulesFor({ device, orgId }: DeviceRecord): readonly CompiledRule[] {
    if (this.isEmpty) return []
    const found: CompiledRule[] = []
    for (const key of [
      scopeKey(orgId, 'device', device.id),
      scopeKey(orgId, 'class', device.classKey),
      scopeKey(orgId, 'all', ''),
      ...device.tags.map((tag) => scopeKey(orgId, 'tag', tag)),
    ])
      found.push(...(this.#byScope.get(key) ?? []))
    return found
  }

  onChange(listener: RuleListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #add(rule: CompiledRule): void {
    this.#rules.set(rule.id, rule)
    const key = keyOf(rule)
    const others = this.#byScope.get(key)
    if (others === undefined) this.#byScope.set(key, new Set([rule]))
    else others.add(rule)
  }

  #drop(rule: CompiledRule | undefined): void {
    if (rule === undefined) return
    this.#rules.delete(rule.id)
    const key = keyOf(rule)
    const others = this.#byScope.get(key)
    others?.delete(rule)
    if (others?.size === 0) this.#byScope.delete(key)
  }
}

/** The one rule that a node of a flow has among its properties: of whatever goes by. */
export class SingleRule implements RuleSource {
  readonly isEmpty = false
  readonly #rule: CompiledRule

  constructor(rule: Rule) {
    this.#rule = compileRule(rule, undefined)
  }

  rulesFor(record: DeviceRecord): readonly CompiledRule[] {
    return isInScope(this.#rule.rule, record) ? [this.#rule] : []
  }

  get(ruleId: string): CompiledRule | undefined {
    return ruleId === this.#rule.id ? this.#rule : undefined
  }

  onChange(): () => void {
    return () => undefined
  }
}

const scopeKey = (orgId: string, kind: 'all' | 'class' | 'device' | 'tag', name: string): string =>
  `${orgId}\n${kind}\n${name}`

function keyOf({ orgId = '', rule: { scope } }: CompiledRule): string {
  if (scope.deviceId !== undefined) return scopeKey(orgId, 'device', scope.deviceId)
  if (scope.classKey !== undefined) return scopeKey(orgId, 'class', scope.classKey)
  return scope.tag === undefined ? scopeKey(orgId, 'all', '') : scopeKey(orgId, 'tag', scope.tag)
}
