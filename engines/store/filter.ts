/** Parses a filter into a tree that adapters translate; everything that is not the agreed subset is refused here. */
import { InvalidFilter } from '../../nodes/platform/store/errors.ts'
import { isPath } from './names.ts'
import type { Filter, Scalar } from '../../nodes/platform/store/port.ts'

export type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte'

export type FilterNode =
  | { readonly kind: 'all' | 'any'; readonly of: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly of: FilterNode }
  | { readonly kind: 'compare'; readonly path: string; readonly operator: Comparison; readonly value: Scalar }
  | { readonly kind: 'in'; readonly path: string; readonly values: readonly Scalar[] }
  | { readonly kind: 'exists'; readonly path: string }

const MAX_DEPTH = 16
const MAX_CONDITIONS = 500
const MAX_LIST = 10_000
const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['$eq', 'eq'],
  ['$gt', 'gt'],
  ['$gte', 'gte'],
  ['$lt', 'lt'],
  ['$lte', 'lte'],
])

/** @throws InvalidFilter for an unknown operator, a hostile or undefined key, or a value that is no JSON scalar. */
export function parseFilter(filter: Filter = {}): FilterNode {
  return parseLevel(filter, 0, { left: MAX_CONDITIONS })
}

function parseLevel(filter: unknown, depth: number, budget: { left: number }): FilterNode {
  if (!isPlainObject(filter)) throw new InvalidFilter('', 'a filter is a plain object')
  if (depth > MAX_DEPTH) throw new InvalidFilter('', 'nested too deeply')
  const nodes = Object.entries(filter).flatMap(([key, value]) => {
    budget.left -= 1
    if (budget.left < 0) throw new InvalidFilter(key, 'too many conditions')
    if (key !== '$and' && key !== '$or') return parseCondition(key, value)
    if (!Array.isArray(value) || value.length === 0) throw new InvalidFilter(key, 'needs a list of filters')
    const of = value.map((each) => parseLevel(each, depth + 1, budget))
    return [{ kind: key === '$and' ? 'all' : 'any', of } as const]
  })
  return { kind: 'all', of: nodes }
}

function parseCondition(path: string, condition: unknown): readonly FilterNode[] {
  if (!isPath(path)) throw new InvalidFilter(path, path.startsWith('$') ? 'unknown operator' : 'not a path')
  if (!isPlainObject(condition)) {
    return [{ kind: 'compare', path, operator: 'eq', value: scalar(path, condition) }]
  }
  const entries = Object.entries(condition)
  if (entries.length === 0) throw new InvalidFilter(path, 'no operator given')
  return entries.map(([operator, value]) => parseOperator(path, operator, value))
}

function parseOperator(path: string, operator: string, value: unknown): FilterNode {
  const comparison = COMPARISONS.get(operator)
  if (comparison !== undefined) {
    return { kind: 'compare', path, operator: comparison, value: scalar(path, value) }
  }
  switch (operator) {
    case '$ne':
      return { kind: 'not', of: { kind: 'compare', path, operator: 'eq', value: scalar(path, value) } }
    case '$in':
      return { kind: 'in', path, values: scalars(path, value) }
    case '$nin':
      return { kind: 'not', of: { kind: 'in', path, values: scalars(path, value) } }
    case '$exists':
      if (typeof value !== 'boolean') throw new InvalidFilter(path, '$exists takes true or false')
      return value ? { kind: 'exists', path } : { kind: 'not', of: { kind: 'exists', path } }
    default:
      throw new InvalidFilter(operator, 'unknown operator')
  }
}

function scalars(path: string, value: unknown): readonly Scalar[] {
  if (!Array.isArray(value)) throw new InvalidFilter(path, 'takes a list')
  if (value.length > MAX_LIST) throw new InvalidFilter(path, 'list too long')
  return value.map((each) => scalar(path, each))
}

// `undefined` is refused rather than ignored: a forgotten value must not widen a query (or a removeMany).
function scalar(path: string, value: unknown): Scalar {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string' && value.isWellFormed()) return value
  throw new InvalidFilter(path, 'not a JSON scalar')
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
