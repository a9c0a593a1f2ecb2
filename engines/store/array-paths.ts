/**
 * Whether a path can lead to an array, as the collection's schema says. Only then must a condition look into
 * elements, which no index of SQLite can serve.
 */
import { z } from 'zod'

export type PathShape = 'scalar' | 'maybe-array' | 'through-array'

/** A function that answers for one schema, remembering what it was asked before. */
export function pathShapes(schema: z.ZodType): (path: string) => PathShape {
  const known = new Map<string, PathShape>()
  const root = toJsonSchema(schema)
  return (path) => {
    const before = known.get(path)
    if (before !== undefined) return before
    const shapes = walk(root, root, path.split('.'), 0)
    const shape = shapes.has('maybe-array')
      ? 'maybe-array'
      : shapes.has('scalar') || shapes.size === 0
        ? 'scalar'
        : 'through-array'
    known.set(path, shape)
    return shape
  }
}

const MAX_DEPTH = 64

function toJsonSchema(schema: z.ZodType): unknown {
  try {
    return z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' })
  } catch {
    // A schema that cannot be described may allow anything.
    return {}
  }
}

function walk(root: unknown, node: unknown, path: readonly string[], depth: number): Set<PathShape> {
  if (!isRecord(node)) return new Set(node === false ? [] : ['maybe-array'])
  if (depth > MAX_DEPTH) return new Set(['maybe-array'])
  const reference = node['$ref']
  if (typeof reference === 'string') return walk(root, resolve(root, reference), path, depth + 1)
  for (const union of ['anyOf', 'oneOf', 'allOf']) {
    const branches = node[union]
    if (Array.isArray(branches)) {
      const shapes = branches.map((branch) => walk(root, branch, path, depth + 1))
      return new Set(shapes.flatMap((some) => Array.from(some)))
    }
  }
  const [segment, ...rest] = path
  const type = node['type']
  if (type === undefined && !('const' in node) && !('enum' in node)) return new Set(['maybe-array'])
  if (type === 'array') return new Set([segment === undefined ? 'maybe-array' : 'through-array'])
  if (segment === undefined) return new Set(['scalar'])
  if (type !== 'object') return new Set()
  const properties = node['properties']
  if (isRecord(properties) && Object.hasOwn(properties, segment)) {
    return walk(root, properties[segment], rest, depth + 1)
  }
  return walk(root, node['additionalProperties'] ?? false, rest, depth + 1)
}

function resolve(root: unknown, reference: string): unknown {
  let node = root
  for (const segment of reference.split('/').slice(1)) {
    node = isRecord(node) ? node[decodeURIComponent(segment)] : undefined
  }
  return node
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
