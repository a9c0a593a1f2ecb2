import { formatNumber, formatPercent } from '../../../dashboards/kit/format.ts'
import type { AlertRuleView } from '../../../dashboards/kit/views.ts'
import type { Condition, Leaf } from '../../alerts/condition.ts'
import { isLeaf, scopeKinds } from './rule-draft.ts'
import { texts } from './texts.ts'
import { combinationNames, directionNames, kindNames, scopeNames } from './choice-names.ts'
import { formatSpan } from './tried.ts'

const two = (low: number, high: number): string => `${formatNumber(low)} – ${formatNumber(high)}`

function amountOf(leaf: Leaf): string {
  if (leaf.kind === 'between' || leaf.kind === 'outside') return two(leaf.low, leaf.high)
  if (leaf.kind === 'rate')
    return `${texts.perMinute(formatNumber(leaf.perMinute))}, ${directionNames[leaf.direction]}`
  if (leaf.kind === 'deviation') return `${formatPercent(leaf.percent / 100)} (${formatSpan(leaf.windowMs)})`
  return leaf.kind === 'no-data' ? formatSpan(leaf.forMs) : formatNumber(leaf.value)
}

/** In a line, for a person. */
export function textOfCondition(condition: Condition): string {
  if (isLeaf(condition)) {
    const about = condition.port === undefined ? '' : `${texts.port(condition.port)} `
    return `${about}${kindNames[condition.kind]} ${amountOf(condition)}`
  }
  const parts = condition.of.map((part) =>
    isLeaf(part) ? textOfCondition(part) : `(${textOfCondition(part)})`,
  )
  return `${combinationNames[condition.kind]}: ${parts.join('; ')}`
}

export function textOfScope({ scope }: Pick<AlertRuleView, 'scope'>): string {
  const kind = scopeKinds.find((each) => each !== 'all' && scope[each] !== undefined) ?? 'all'
  return kind === 'all' ? scopeNames.all : `${scopeNames[kind]}: ${scope[kind] ?? ''}`
}
