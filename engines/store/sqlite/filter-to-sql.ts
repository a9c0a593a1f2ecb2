/** Translates a parsed filter into an expression with parameters. Only checked paths become part of the text. */
import type { SQLInputValue } from 'node:sqlite'
import { InvalidFilter } from '../../../nodes/platform/store/errors.ts'
import type { Comparison, FilterNode } from '../filter.ts'
import { isPath } from '../names.ts'
import type { Scalar } from '../../../nodes/platform/store/port.ts'
import type { PathShape } from '../array-paths.ts'

export interface Sql {
  readonly text: string
  readonly parameters: readonly SQLInputValue[]
}

/**
 * The end of a statement that takes the limit as its last parameter. A bare `LIMIT ?` bears upon the plan, so SQLite would
 * parse the whole statement anew whenever it is run (sqlite3ExprIsInteger, sqlite3VdbeSetVarmask).
 */
export const LIMIT = 'LIMIT CAST(? AS INTEGER)'

/** The value at a path and its JSON type; the same text everywhere, so that expression indexes are recognised. */
export function valueAt(path: string): string {
  return path === 'id' ? 'id' : `json_extract(doc, ${jsonPath(path)})`
}

function typeAt(path: string): string {
  return path === 'id' ? `'text'` : `json_type(doc, ${jsonPath(path)})`
}

function jsonPath(path: string): string {
  if (!isPath(path)) throw new InvalidFilter(path, 'not a path')
  return `'$.${path
    .split('.')
    .map((segment) => `"${segment}"`)
    .join('.')}'`
}

/**
 * JSON integers beyond 2^53 are 64-bit in SQLite while JavaScript holds the nearest double: bind the digits that
 * JSON.stringify wrote into the document.
 */
export function bindable(value: string | number): SQLInputValue {
  if (typeof value === 'string' || !Number.isInteger(value) || Number.isSafeInteger(value)) return value
  const digits = String(value)
  if (!/^-?\d+$/.test(digits)) return value
  const integer = BigInt(digits)
  return BigInt.asIntN(64, integer) === integer ? integer : value
}

export function filterToSql(node: FilterNode, shapeOf: (path: string) => PathShape): Sql {
  switch (node.kind) {
    case 'all':
    case 'any': {
      if (node.of.length === 0) return { text: '1', parameters: [] }
      return join(
        node.of.map((each) => filterToSql(each, shapeOf)),
        node.kind === 'all' ? ' AND ' : ' OR ',
      )
    }
    case 'not': {
      const { text, parameters } = filterToSql(node.of, shapeOf)
      // IS NOT TRUE also holds for NULL: what is missing differs from every value.
      return { text: `(${text}) IS NOT TRUE`, parameters }
    }
    case 'exists':
      return { text: `${typeAt(node.path)} IS NOT NULL`, parameters: [] }
    case 'compare':
      return onField(node.path, shapeOf, (value, type) => compare(node.operator, node.value, value, type))
    case 'in':
      return onField(node.path, shapeOf, (value, type) => isIn(node.values, value, type))
    default:
      return node satisfies never
  }
}

type Test = (value: string, type: string) => Sql

function onField(path: string, shapeOf: (path: string) => PathShape, test: Test): Sql {
  const shape = path === 'id' ? 'scalar' : shapeOf(path)
  if (shape === 'through-array') throw new InvalidFilter(path, 'leads through a list')
  const onValue = test(valueAt(path), typeAt(path))
  if (shape === 'scalar') return onValue
  const onElement = test('element.value', 'element.type')
  const each = `SELECT 1 FROM json_each(doc, ${jsonPath(path)}) AS element WHERE ${onElement.text}`
  return join(
    [onValue, { text: `${typeAt(path)} = 'array' AND EXISTS (${each})`, parameters: onElement.parameters }],
    ' OR ',
  )
}

const SYMBOLS: Readonly<Record<Comparison, string>> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' }

// Values compare within their own type only, as in MongoDB; the type test also tells 1 from true and text from JSON.
function compare(operator: Comparison, operand: Scalar, value: string, type: string): Sql {
  if (operand === null) {
    if (operator === 'gt' || operator === 'lt') return { text: '0', parameters: [] }
    // An array element is null by its type; a field also by being absent. Both have NULL as their value.
    return { text: `(${value} IS NULL)`, parameters: [] }
  }
  const parameter = typeof operand === 'boolean' ? Number(operand) : bindable(operand)
  const text = `(${value} ${SYMBOLS[operator]} ? AND ${typeTest(operand, type)})`
  return { text, parameters: [parameter] }
}

function isIn(list: readonly Scalar[], value: string, type: string): Sql {
  const groups = Object.groupBy(list, (each) => (each === null ? 'null' : typeof each))
  const tests = Object.values(groups).map((group): Sql => {
    const [first = null] = group
    if (first === null) return { text: `(${value} IS NULL)`, parameters: [] }
    // The list is one parameter, so that lists of any length share one prepared statement.
    const text = `(${value} IN (SELECT value FROM json_each(?)) AND ${typeTest(first, type)})`
    return { text, parameters: [JSON.stringify(group)] }
  })
  return tests.length === 0 ? { text: '0', parameters: [] } : join(tests, ' OR ')
}

function typeTest(operand: string | number | boolean, type: string): string {
  if (typeof operand === 'string') return `${type} = 'text'`
  return typeof operand === 'number' ? `${type} IN ('integer', 'real')` : `${type} IN ('true', 'false')`
}

export function join(parts: readonly Sql[], separator: string): Sql {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  return {
    text: `(${parts.map((part) => part.text).join(separator)})`,
    parameters: parts.flatMap((part) => part.parameters),
  }
}
