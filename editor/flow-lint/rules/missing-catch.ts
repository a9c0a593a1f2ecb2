import { textOf } from '../../flow-storage/flow-node.ts'
import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { isOnCanvas } from '../graph.ts'
import { calling } from '../rule.ts'
import type { Rule } from '../rule.ts'

/** A catch node sees the whole tab (no scope), its group, or the nodes named. */
function catches(catcher: FlowNode, node: FlowNode): boolean {
  const scope: unknown = catcher['scope']
  if (catcher['z'] !== node['z']) return false
  if (Array.isArray(scope)) return scope.includes(node.id)
  if (scope === 'group') return catcher['g'] !== undefined && catcher['g'] === node['g']
  return true
}

/** It takes no message that could fail. */
const isWidget = ({ type }: FlowNode): boolean => type.startsWith('ui-')

/** They take a failed batch back and try it again; a catch node would only take the failure from them. */
const triesAgain: ReadonlySet<string> = new Set(['event-in', 'uplink'])

export const missingCatch: Rule = {
  name: 'missing-catch',
  check: ({ graph, nodeTypes }) => {
    const catchers = graph.running.filter(({ type }) => type === 'catch')
    const tracked = new Set(
      graph.running.filter(({ type }) => triesAgain.has(type)).map((node) => textOf(node, 'z')),
    )
    const uncaught = graph.running.filter(
      (node) =>
        nodeTypes.has(node.type) &&
        !isWidget(node) &&
        !tracked.has(textOf(node, 'z')) &&
        isOnCanvas(node) &&
        !catchers.some((catcher) => catches(catcher, node)),
    )
    return [...Map.groupBy(uncaught, (node) => textOf(node, 'z'))].flatMap(([holder, [first, ...others]]) => {
      if (first === undefined) return []
      const who = others.length === 0 ? calling(first) : `${calling(first)} and ${others.length} more`
      const message =
        `no catch node takes the errors of ${who}, so they end in the log. ` +
        `Add a catch node for all nodes of the tab and wire it to a dead-letter or notify node.`
      return [{ node: graph.node(holder ?? '') ?? first, severity: 'error', message }]
    })
  },
}
