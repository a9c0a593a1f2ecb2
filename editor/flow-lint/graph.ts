import { isContainer, textOf } from '../flow-storage/flow-node.ts'
import type { FlowNode } from '../flow-storage/flow-node.ts'

/** How messages run: wires and links between enabled nodes. */
export interface FlowGraph {
  /** Nodes that run: neither disabled nor on a disabled tab; tabs, subflows and groups are not among them. */
  readonly running: readonly FlowNode[]
  node(id: string): FlowNode | undefined
  /** Running receivers of each output, in order. Links are followed like wires. */
  outputs(node: FlowNode): readonly (readonly FlowNode[])[]
  /** Nodes that do the work of this one: those of a subflow instance, those behind a link call. */
  inside(node: FlowNode): readonly FlowNode[]
}

const SUBFLOW_INSTANCE = 'subflow:'

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** Ids that each output is wired to. */
export function wiresOf(node: FlowNode): string[][] {
  const wires: unknown = node['wires']
  return Array.isArray(wires) ? wires.map(strings) : []
}

/** Config nodes have no place in the editor. */
export function isOnCanvas(node: FlowNode): boolean {
  return typeof node['x'] === 'number' && node.type !== 'group' && !isContainer(node)
}

/** A link out that goes back to its link call. */
export function isReturn(node: FlowNode): boolean {
  return node.type === 'link out' && node['mode'] === 'return'
}

/** All nodes that messages leaving these can reach, these included. */
function reachable(from: readonly FlowNode[], next: (node: FlowNode) => readonly FlowNode[]): FlowNode[] {
  const reached = new Set(from)
  for (const node of reached) {
    for (const receiver of next(node)) reached.add(receiver)
  }
  return [...reached]
}

export function graphOf(flows: readonly FlowNode[]): FlowGraph {
  const byId = new Map(flows.map((node) => [node.id, node]))
  const isRunning = (node: FlowNode): boolean => {
    const tab = byId.get(textOf(node, 'z') ?? '')
    return node.type !== 'group' && !isContainer(node) && node['d'] !== true && tab?.['disabled'] !== true
  }
  const running = flows.filter(isRunning)
  const isIn = new Set(running)
  const nodes = (ids: readonly string[]): FlowNode[] =>
    ids.flatMap((id) => {
      const node = byId.get(id)
      return node !== undefined && isIn.has(node) ? [node] : []
    })
  const outputs = (node: FlowNode): FlowNode[][] => {
    if (isReturn(node)) return []
    if (node.type === 'link out') return [nodes(strings(node['links']))]
    return wiresOf(node).map(nodes)
  }
  const inside = (node: FlowNode): FlowNode[] => {
    if (node.type.startsWith(SUBFLOW_INSTANCE)) {
      const subflow = node.type.slice(SUBFLOW_INSTANCE.length)
      return running.filter((each) => textOf(each, 'z') === subflow)
    }
    if (node.type !== 'link call') return []
    return reachable(nodes(strings(node['links'])), (each) => outputs(each).flat())
  }
  return { running, node: (id) => byId.get(id), outputs, inside }
}
