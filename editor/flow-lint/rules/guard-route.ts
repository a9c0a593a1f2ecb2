import { type FlowNode, textOf } from '../../flow-storage/flow-node.ts'
import { calling } from '../rule.ts'
import type { Rule, RuleContext } from '../rule.ts'
import { routeOf } from './http-roles.ts'

/** Guards that requests come to first. */
function guardsBehind(start: FlowNode, { graph, nodeTypes }: RuleContext): FlowNode[] {
  const reached = new Set([start])
  for (const node of reached) {
    if (nodeTypes.has(node.type)) continue
    for (const receiver of graph.outputs(node).flat()) reached.add(receiver)
  }
  return [...reached].filter(({ type }) => type === 'guard')
}

export const guardRoute: Rule = {
  name: 'guard-route',
  check: (context) =>
    context.graph.running
      .filter(({ type }) => type === 'http in')
      .flatMap((node) =>
        guardsBehind(node, context).flatMap((guard) => {
          const operation = context.operations.get(textOf(guard, 'operation') ?? '')
          const route = routeOf(node, context.operations)
          if (operation === undefined || route === undefined) return []
          if (route.method === operation.method && route.path === operation.path) return []
          const declared = `${operation.method.toUpperCase()} ${operation.path}`
          const message =
            `it serves ${route.method.toUpperCase()} ${route.path}, and ${calling(guard)} behind it guards ${declared}. ` +
            `Put a request node in place of both.`
          return [{ node, severity: 'error', message }]
        }),
      ),
}
