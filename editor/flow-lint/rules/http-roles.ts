import { type FlowNode, textOf } from '../../flow-storage/flow-node.ts'
import type { FlowGraph } from '../graph.ts'
import type { OperationRoutes } from '../rule.ts'

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

/** Where HTTP requests come into a flow. */
export function isEntrance({ type }: FlowNode): boolean {
  return type === 'http in' || type === 'request'
}

/** Lets requests of a declared operation through. */
export function entersOperation(node: FlowNode): boolean {
  return node.type === 'request' || (node.type === 'guard' && (textOf(node, 'operation') ?? '') !== '')
}

/** The method, in lower case, and path that an entrance serves; undefined when it says none. */
export function routeOf(
  node: FlowNode,
  operations: OperationRoutes,
): { readonly method: string; readonly path: string } | undefined {
  if (node.type === 'request') return operations.get(textOf(node, 'operation') ?? '')
  const path = textOf(node, 'url') ?? ''
  if (node.type !== 'http in' || path === '') return undefined
  return { method: textOf(node, 'method') ?? 'get', path: path.startsWith('/') ? path : `/${path}` }
}
