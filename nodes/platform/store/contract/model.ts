/** The filter language in memory, written straight from the port's words: what the property tests compare with. */
import type { Condition, Filter, Scalar } from '../port.ts'

export function matches(document: unknown, filter: Filter): boolean {
  return Object.entries(filter).every(([key, value]) => {
    if (value === undefined) return false
    if (!isList(value)) return holds(fieldAt(document, key), value)
    return key === '$and'
      ? value.every((each) => matches(document, each))
      : value.some((each) => matches(document, each))
  })
}

function isList(value: Condition | readonly Filter[]): value is readonly Filter[] {
  return Array.isArray(value)
}

function fieldAt(document: unknown, path: string): unknown {
  let value = document
  for (const segment of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    value = Object.hasOwn(value, segment) ? Reflect.get(value, segment) : undefined
  }
  return value
}

function holds(field: unknown, condition: Condition): boolean {
  if (typeof condition !== 'object' || condition === null)
    return anyOf(field, (value) => equals(value, condition))
  const { $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists } = condition
  return (
    ($eq === undefined || anyOf(field, (value) => equals(value, $eq))) &&
    ($ne === undefined || !anyOf(field, (value) => equals(value, $ne))) &&
    ($gt === undefined || anyOf(field, (value) => order(value, $gt) === 1)) &&
    ($gte === undefined || anyOf(field, (value) => [0, 1].includes(order(value, $gte)))) &&
    ($lt === undefined || anyOf(field, (value) => order(value, $lt) === -1)) &&
    ($lte === undefined || anyOf(field, (value) => [0, -1].includes(order(value, $lte)))) &&
    ($in === undefined || anyOf(field, (value) => $in.some((each) => equals(value, each)))) &&
    ($nin === undefined || !anyOf(field, (value) => $nin.some((each) => equals(value, each)))) &&
    ($exists === undefined || (field !== undefined) === $exists)
  )
}

function anyOf(field: unknown, test: (value: unknown) => boolean): boolean {
  return Array.isArray(field) ? field.some(test) : test(field ?? null)
}

function equals(value: unknown, operand: Scalar): boolean {
  return order(value, operand) === 0
}

/** -1, 0, 1 within one type; NaN between types, which no operator accepts. */
function order(value: unknown, operand: Scalar): number {
  if (value === null || operand === null) return value === operand ? 0 : Number.NaN
  if (typeof value === 'string' && typeof operand === 'string') {
    return Math.sign(Buffer.compare(Buffer.from(value), Buffer.from(operand)))
  }
  if (typeof value !== typeof operand) return Number.NaN
  return Math.sign(Number(value) - Number(operand))
}
