import type { Condition, Leaf } from '../../alerts/condition.ts'
import type { RuleBody, Severity } from '../../alerts/rule.ts'
import type { AlertRuleView } from '../../../dashboards/kit/views.ts'

export const severities = ['critical', 'warning', 'info'] as const satisfies readonly Severity[]
export const kinds = [
  'above',
  'below',
  'between',
  'outside',
  'equals',
  'rate',
  'deviation',
  'no-data',
] as const satisfies readonly Leaf['kind'][]
export const directions = ['rising', 'falling', 'either'] as const
export const scopeKinds = ['all', 'deviceId', 'classKey', 'tag'] as const
/** One condition alone, or several of which all or any have to hold. */
export const combinations = ['all', 'any'] as const

/** No group of others. Here, since what checks a condition is for the server. */
export const isLeaf = (condition: Condition): condition is Leaf =>
  condition.kind !== 'all' && condition.kind !== 'any'

/** As it is typed: texts of numbers, times in minutes. */
export interface DraftCondition {
  kind: Leaf['kind']
  port: string
  value: string
  clearAt: string
  low: string
  high: string
  perMinute: string
  direction: (typeof directions)[number]
  windowMinutes: string
  percent: string
  forMinutes: string
}
export type NumberField = Exclude<keyof DraftCondition, 'direction' | 'kind'>

/** What a condition of each kind asks for, in the order of reading. */
export const fieldsOf: Readonly<Record<Leaf['kind'], readonly NumberField[]>> = {
  above: ['port', 'value', 'clearAt'],
  below: ['port', 'value', 'clearAt'],
  between: ['port', 'low', 'high'],
  outside: ['port', 'low', 'high'],
  equals: ['port', 'value'],
  rate: ['port', 'perMinute'],
  deviation: ['port', 'windowMinutes', 'percent'],
  'no-data': ['port', 'forMinutes'],
}
export const isOptional = (kind: Leaf['kind'], field: NumberField): boolean =>
  field === 'clearAt' || (kind === 'no-data' && field === 'port')

export interface Draft {
  name: string
  severity: Severity
  scopeKind: (typeof scopeKinds)[number]
  scopeName: string
  combination: (typeof combinations)[number]
  conditions: DraftCondition[]
  /** A condition that has groups in a group: kept as it is. */
  nested: Condition | undefined
  sustainedMinutes: string
  occurrences: string
  withinMinutes: string
  coolDownMinutes: string
  hours: NonNullable<RuleBody['activeHours']> | undefined
  message: string
  channels: string[]
  isEnabled: boolean
}

const minuteMs = 60_000
export const newCondition = (): DraftCondition => ({
  kind: 'above',
  port: '1',
  value: '',
  clearAt: '',
  low: '',
  high: '',
  perMinute: '',
  direction: 'either',
  windowMinutes: '60',
  percent: '',
  forMinutes: '15',
})
export const newDraft = (): Draft => ({
  name: '',
  severity: 'warning',
  scopeKind: 'all',
  scopeName: '',
  combination: 'all',
  conditions: [newCondition()],
  nested: undefined,
  sustainedMinutes: '',
  occurrences: '',
  withinMinutes: '',
  coolDownMinutes: '',
  hours: undefined,
  message: '',
  channels: [],
  isEnabled: true,
})

/** Undefined for what is no number, or not there. */
function numberIn(text: string | number): number | undefined {
  const trimmed = String(text).trim()
  const number = Number(trimmed)
  return trimmed === '' || !Number.isFinite(number) ? undefined : number
}
const msIn = (minutes: string): number | undefined => {
  const number = numberIn(minutes)
  return number === undefined ? undefined : Math.round(number * minuteMs)
}

/** Undefined while something is missing. */
function leafOf(draft: DraftCondition): Leaf | undefined {
  const { direction, kind } = draft
  const port = numberIn(draft.port)
  if (kind === 'no-data') {
    const forMs = msIn(draft.forMinutes)
    return forMs === undefined ? undefined : { kind, ...(port === undefined ? {} : { port }), forMs }
  }
  if (port === undefined) return undefined
  if (kind === 'rate') {
    const perMinute = numberIn(draft.perMinute)
    return perMinute === undefined ? undefined : { kind, port, perMinute, direction }
  }
  if (kind === 'deviation') {
    const [windowMs, percent] = [msIn(draft.windowMinutes), numberIn(draft.percent)]
    return windowMs === undefined || percent === undefined ? undefined : { kind, port, windowMs, percent }
  }
  if (kind === 'between' || kind === 'outside') {
    const [low, high] = [numberIn(draft.low), numberIn(draft.high)]
    return low === undefined || high === undefined ? undefined : { kind, port, low, high }
  }
  const value = numberIn(draft.value)
  if (value === undefined) return undefined
  if (kind === 'equals') return { kind, port, value }
  const clearAt = numberIn(draft.clearAt)
  return { kind, port, value, ...(clearAt === undefined ? {} : { clearAt }) }
}

function conditionOf({ combination, conditions, nested }: Draft): Condition | undefined {
  if (nested !== undefined) return nested
  const leaves = conditions.map(leafOf).filter((leaf) => leaf !== undefined)
  const [only] = leaves
  if (leaves.length !== conditions.length || only === undefined) return undefined
  return leaves.length === 1 ? only : { kind: combination, of: leaves }
}

/** The rule that was typed; undefined while something that it needs is missing. */
export function ruleOf(draft: Draft): RuleBody | undefined {
  const condition = conditionOf(draft)
  const name = draft.name.trim()
  const scopeName = draft.scopeName.trim()
  if (condition === undefined || name === '' || (draft.scopeKind !== 'all' && scopeName === ''))
    return undefined
  const [count, withinMs] = [numberIn(draft.occurrences), msIn(draft.withinMinutes)]
  const sustainedForMs = msIn(draft.sustainedMinutes)
  const coolDownMs = msIn(draft.coolDownMinutes)
  return {
    name,
    severity: draft.severity,
    scope: draft.scopeKind === 'all' ? {} : { [draft.scopeKind]: scopeName },
    condition,
    ...(sustainedForMs === undefined ? {} : { sustainedForMs }),
    ...(count === undefined || withinMs === undefined ? {} : { occurrences: { count, withinMs } }),
    ...(coolDownMs === undefined ? {} : { coolDownMs }),
    ...(draft.hours === undefined ? {} : { activeHours: draft.hours }),
    ...(draft.message.trim() === '' ? {} : { message: draft.message }),
    ...(draft.channels.length === 0 ? {} : { channels: [...draft.channels] }),
    isEnabled: draft.isEnabled,
  }
}

const textOf = (number: number | undefined): string => (number === undefined ? '' : String(number))
const minutesOf = (ms: number | undefined): string => (ms === undefined ? '' : String(ms / minuteMs))

function draftOfLeaf(leaf: Leaf): DraftCondition {
  const draft = { ...newCondition(), kind: leaf.kind, port: textOf(leaf.port) }
  if (leaf.kind === 'no-data') return { ...draft, forMinutes: minutesOf(leaf.forMs) }
  if (leaf.kind === 'rate') return { ...draft, perMinute: textOf(leaf.perMinute), direction: leaf.direction }
  if (leaf.kind === 'deviation')
    return { ...draft, windowMinutes: minutesOf(leaf.windowMs), percent: textOf(leaf.percent) }
  if (leaf.kind === 'between' || leaf.kind === 'outside')
    return { ...draft, low: textOf(leaf.low), high: textOf(leaf.high) }
  const value = textOf(leaf.value)
  return leaf.kind === 'equals' ? { ...draft, value } : { ...draft, value, clearAt: textOf(leaf.clearAt) }
}

/** What somebody changes of a rule that there is. */
export function draftOf(rule: AlertRuleView): Draft {
  const { condition, occurrences, scope } = rule
  const parts: readonly Condition[] = isLeaf(condition) ? [condition] : condition.of
  const leaves = parts.filter(isLeaf)
  const scopeKind = scopeKinds.find((kind) => kind !== 'all' && scope[kind] !== undefined) ?? 'all'
  return {
    ...newDraft(),
    name: rule.name,
    severity: rule.severity,
    scopeKind,
    scopeName: scopeKind === 'all' ? '' : (scope[scopeKind] ?? ''),
    combination: condition.kind === 'any' ? 'any' : 'all',
    conditions: leaves.map(draftOfLeaf),
    nested: leaves.length === parts.length ? undefined : condition,
    sustainedMinutes: minutesOf(rule.sustainedForMs),
    occurrences: textOf(occurrences?.count),
    withinMinutes: minutesOf(occurrences?.withinMs),
    coolDownMinutes: minutesOf(rule.coolDownMs),
    hours: rule.activeHours,
    message: rule.message ?? '',
    channels: [...(rule.channels ?? [])],
    isEnabled: rule.isEnabled,
  }
}

/** The rule of an answer, as it is sent back. */
export const bodyOf = ({
  changedAt: _changed,
  createdAt: _created,
  id: _id,
  ...body
}: AlertRuleView): RuleBody => body

/** Ports that a condition is about, each once. */
export function portsOf(condition: Condition): readonly number[] {
  if (isLeaf(condition)) return condition.port === undefined ? [] : [condition.port]
  return [...new Set(condition.of.flatMap(portsOf))]
}
