import { type FlowNode, textOf } from '../../flow-storage/flow-node.ts'
import { calling } from '../rule.ts'
import type { Complaint, Rule, RuleContext } from '../rule.ts'
import { entersOperation } from './http-roles.ts'

/** The nodes of ours that requests come to first, whatever foreign nodes they pass. */
function workOf(node: FlowNode, { graph, nodeTypes }: RuleContext): FlowNode[] {
  const reached = new Set(graph.outputs(node)[0])
  for (const each of reached) {
    if (nodeTypes.has(each.type)) continue
    for (const next of graph.outputs(each).flat()) reached.add(next)
  }
  return [...reached].filter(({ type }) => nodeTypes.has(type))
}

function judge(node: FlowNode, context: RuleContext): Complaint[] {
  const { nodeTypes, operations } = context
  const id = textOf(node, 'operation') ?? ''
  const operation = operations.get(id)
  if (operation === undefined) {
    const message = `there is no operation named ${JSON.stringify(id)}. Choose one in the node's form.`
    return [{ node, severity: 'error', message }]
  }
  return workOf(node, context).flatMap((work) => {
    const serves = nodeTypes.get(work.type)?.serves
    if (serves === undefined || serves.includes(operation.tag) || serves.includes(id)) return []
    const message =
      `${id} is an operation of ${operation.tag}, and ${calling(work)} carries out those of ${serves.join(', ')}. ` +
      `Wire it to a node that carries it out.`
    return [{ node, severity: 'error', message }]
  })
}

export const operationNode: Rule = {
  name: 'operation-node',
  check: (context) => context.graph.running.filter(entersOperation).flatMap((node) => judge(node, context)),
}
