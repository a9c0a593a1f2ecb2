import { keyOrder } from './canonical.ts'
import type { FlowNode } from './flow-node.ts'

/** A node's place in the editor is one line, so that moving it is a one-line diff. */
const PLACE = new Set(['x', 'y', 'w', 'h'])
const PROPERTY_INDENT = '    '

function property(key: string, value: unknown): string {
  const text = key === 'wires' ? JSON.stringify(value) : JSON.stringify(value, undefined, 2)
  // JSON text has no raw newline inside strings, so indenting every line is safe.
  return `${JSON.stringify(key)}: ${text.replaceAll('\n', `\n${PROPERTY_INDENT}`)}`
}

function formatNode(node: FlowNode): string {
  const lines: string[][] = []
  let isPlaceLine = false
  for (const key of keyOrder(node)) {
    const isPlace = PLACE.has(key)
    if (isPlace && isPlaceLine) lines.at(-1)?.push(property(key, node[key]))
    else lines.push([property(key, node[key])])
    isPlaceLine = isPlace
  }
  return `  {\n${lines.map((line) => PROPERTY_INDENT + line.join(', ')).join(',\n')}\n  }`
}

/** The text of a flow file: JSON, one property a line, ending with a newline. */
export function formatNodes(nodes: readonly FlowNode[]): string {
  return nodes.length === 0 ? '[]\n' : `[\n${nodes.map(formatNode).join(',\n')}\n]\n`
}

/** The text of `tab-order.json`. */
export function formatTabOrder(names: readonly string[]): string {
  return `${JSON.stringify(names, undefined, 2)}\n`
}
