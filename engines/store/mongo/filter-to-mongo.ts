/** Translates a parsed filter; only operators named here ever reach the server. */
import type { Document as Bson } from 'mongodb'

import type { PathShape } from '../array-paths.ts'
import { InvalidFilter } from '../../../nodes/platform/store/errors.ts'
import type { FilterNode } from '../filter.ts'

/** Matches nothing. */
const NEVER: Bson = { _id: { $in: [] } }

/** Where a path of the document lies in its row. */
export function fieldOf(path: string): string {
  return path === 'id' ? 'id' : `d.${path}`
}

/** @throws InvalidFilter for a path that leads through a list, which the other engines cannot follow. */
export function filterToMongo(node: FilterNode, shapeOf: (path: string) => PathShape): Bson {
  switch (node.kind) {
    case 'all':
    case 'any': {
      const of = node.of.map((each) => filterToMongo(each, shapeOf))
      const [only = {}] = of
      if (of.length <= 1) return only
      return node.kind === 'all' ? { $and: of } : { $or: of }
    }
    case 'not':
      return { $nor: [filterToMongo(node.of, shapeOf)] }
    case 'exists':
      return { [checked(node.path, shapeOf)]: { $exists: true } }
    case 'in':
      return { [checked(node.path, shapeOf)]: { $in: node.values } }
    case 'compare': {
      const field = checked(node.path, shapeOf)
      if (node.value !== null) return { [field]: { [`$${node.operator}`]: node.value } }
      return node.operator === 'gt' || node.operator === 'lt' ? NEVER : { [field]: null }
    }
    default:
      return node satisfies never
  }
}

function checked(path: string, shapeOf: (path: string) => PathShape): string {
  if (path !== 'id' && shapeOf(path) === 'through-array') {
    throw new InvalidFilter(path, 'leads through a list')
  }
  return fieldOf(path)
}
