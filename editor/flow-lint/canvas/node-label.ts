import { z } from 'zod'
import { type FlowNode, textOf } from '../../flow-storage/flow-node.ts'
import type { NodeTypes, OperationRoutes } from '../rule.ts'

const rulesSchema = z
  .array(z.object({ t: z.string(), p: z.string(), pt: z.string().default('msg') }))
  .catch([])

/** Those of Node-RED's own nodes that say more than their type, in English, as each node's `label` makes it. */
const commonLabels: Readonly<Record<string, (node: FlowNode) => string>> = {
  catch: () => 'catch: all',
  change: (node) => {
    const rules = rulesSchema.parse(node['rules'])
    const [first] = rules
    return first !== undefined && rules.length === 1
      ? `${first.t} ${first.pt}.${first.p}`
      : `change: ${rules.length} rules`
  },
  debug: (node) => {
    const complete = textOf(node, 'complete') ?? 'false'
    return complete === 'true' ? 'msg' : `msg.${complete === 'false' ? 'payload' : complete}`
  },
  'http in': (node) => {
    const url = textOf(node, 'url') ?? ''
    return url === '' ? 'http' : `[${textOf(node, 'method') ?? ''}] ${url}`
  },
  'http response': (node) => {
    const status = z.coerce
      .string()
      .catch('')
      .parse(node['statusCode'] ?? '')
    return status === '' ? 'http' : `http (${status})`
  },
  status: () => 'status: all',
}

/** What the editor writes on a node. */
export function labelOf(
  node: FlowNode,
  { nodeTypes, operations }: { readonly nodeTypes: NodeTypes; readonly operations: OperationRoutes },
): string {
  const name = textOf(node, 'name') ?? ''
  if (name !== '') return name
  const operation = operations.get(textOf(node, 'operation') ?? '')
  if (node.type === 'request' && operation !== undefined)
    return `${operation.method.toUpperCase()} ${operation.path}`
  return nodeTypes.get(node.type)?.label ?? commonLabels[node.type]?.(node) ?? node.type
}
