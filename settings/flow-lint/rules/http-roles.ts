import type { FlowNode } from '../../flow-storage/flow-node.ts'
import type { FlowGraph } from '../graph.ts'

const REPLIES = new Set(['reply', 'http response'])

function actsAs(node: FlowNode, graph: FlowGraph, is: (type: string) => boolean): boolean {
  return is(node.type) || graph.inside(node).some(({ type }) => is(type))
}

/** A guard, or a subflow or link call that has one. */
export function isGuard(node: FlowNode, graph: FlowGraph): boolean {
  return actsAs(node, graph, (type) => type === 'guard')
}

/** Answers the HTTP request, by itself or by something inside it. */
export function isReply(node: FlowNode, graph: FlowGraph): boolean {
  return actsAs(node, graph, (type) => REPLIES.has(type))
}
