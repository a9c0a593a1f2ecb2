import type { FlowNode } from '../../flow-storage/flow-node.ts'
import type { Rule } from '../rule.ts'
import { looksLikeSecret, namesSecret } from './secret.ts'

/** Where ids, wiring and prose live. */
const NOT_VALUES = new Set([
  'id',
  'type',
  'z',
  'g',
  'wires',
  'links',
  'nodes',
  'scope',
  'name',
  'label',
  'info',
])
/** Typed inputs whose text is a name or an expression rather than a value. */
const REFERENCES = new Set(['msg', 'flow', 'global', 'env', 'jsonata', 'cred'])

/** From the environment, or filled in by a template. */
const FROM_ELSEWHERE = /\$\{\w+\}|\{\{.+\}\}/
/** Code and templates use `${…}` for themselves; there only well-known forms of secrets count. */
const PROGRAM = /^(?:func|initialize|finalize|format|template)$/

interface Found {
  readonly path: string
  readonly key: string
  readonly value: string
}

function* entriesOf(value: object, path: string): Generator<Found> {
  const properties = new Map<string, unknown>(Object.entries(value))
  // Environment variables and the like: the name is beside the value.
  const isNamed = typeof properties.get('name') === 'string' && properties.has('value')
  for (const [key, each] of properties) {
    if (path === '' && NOT_VALUES.has(key)) continue
    const kind = properties.get(key === 'value' || key === 'v' ? 'type' : `${key}Type`)
    if (typeof kind === 'string' && REFERENCES.has(kind)) continue
    const at = path === '' ? key : `${path}.${key}`
    if (typeof each === 'string') {
      yield { path: at, key: isNamed && key === 'value' ? String(properties.get('name')) : key, value: each }
    } else if (typeof each === 'object' && each !== null) yield* entriesOf(each, at)
  }
}

function secretsOf(node: FlowNode, isId: (value: string) => boolean): Found[] {
  return [...entriesOf(node, '')].filter(({ path, key, value }) => {
    if (PROGRAM.test(path)) return looksLikeSecret(value)
    if (value === '' || FROM_ELSEWHERE.test(value) || isId(value)) return false
    return namesSecret(key, value) || looksLikeSecret(value)
  })
}

export const secretInProperty: Rule = {
  name: 'secret-in-property',
  // Disabled nodes count: their files are in the repository all the same.
  check: ({ flows, graph }) =>
    flows.flatMap((node) =>
      secretsOf(node, (value) => graph.node(value) !== undefined).map(({ path }) => ({
        node,
        severity: 'error',
        message:
          `the property ${path} looks like a secret, and flows are kept in the repository. ` +
          'Put it into the environment and write ${NAME} here, or use a credentials field; change it if it was real.',
      })),
    ),
}
