import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { calling } from '../rule.ts'
import type { Rule, RuleContext } from '../rule.ts'
import { isGuard, isReply } from './http-roles.ts'

/** The first thing that a request does without having passed a guard, if any. */
function unguarded(start: FlowNode, { graph, nodeTypes }: RuleContext): FlowNode | undefined {
  const reached = new Set([start])
  for (const node of reached) {
    const receivers = graph.outputs(node).flat()
    const isWork = nodeTypes.has(node.type) || isReply(node, graph) || receivers.length === 0
    if (node !== start && isWork) return node
    for (const receiver of receivers) {
      if (receiver.type !== 'debug' && !isGuard(receiver, graph)) reached.add(receiver)
    }
  }
  return undefined
}

export const httpInGuard: Rule = {
  name: 'http-in-guard',
  check: (context) =>
    context.graph.running
      .filter(({ type }) => type === 'http in')
      .flatMap((node) => {
        const work = unguarded(node, context)
        if (work === undefined) return []
        const message =
          `requests get to ${calling(work)} without passing a guard. ` +
          `Put a guard node, which names permission and schema, right after the http in, or a request node in its place.`
        return [{ node, severity: 'error', message }]
      }),
}
