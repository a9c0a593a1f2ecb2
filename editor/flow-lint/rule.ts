import type { FlowNode } from '../flow-storage/flow-node.ts'
import type { FlowGraph } from './graph.ts'

/** The ports of a node type, by the names of the message types that travel there; `any` fits everything. */
export interface NodeType {
  /** What stands on a node that has no name; its type when absent. */
  readonly label?: string
  /** Message types taken; absent for a node without input. */
  readonly input?: readonly string[]
  /** Message types sent, for each output in order. */
  readonly outputs: readonly (readonly string[])[]
  /** Outputs (from 0) that carry what went wrong; by default those that send nothing but error messages. */
  readonly errorOutputs?: readonly number[]
  /** Outputs (from 0) that send messages of their own, not the one that came in. */
  readonly ownOutputs?: readonly number[]
  /** Tags or ids of the operations that a node of this type carries out, or begins with. */
  readonly serves?: readonly string[]
}

/** Fleetloom's own node types, config nodes included. */
export type NodeTypes = ReadonlyMap<string, NodeType>

/** What the lint knows of an operation that packages declare. */
export interface OperationRoute {
  readonly method: string
  readonly path: string
  readonly tag: string
}

/** By the operation's id. */
export type OperationRoutes = ReadonlyMap<string, OperationRoute>

export type Severity = 'error' | 'warning'

/** What a rule has against a node; `message` says what is wrong and how to mend it. */
export interface Complaint {
  readonly node: FlowNode
  readonly severity: Severity
  readonly message: string
}

export interface RuleContext {
  readonly flows: readonly FlowNode[]
  readonly graph: FlowGraph
  readonly nodeTypes: NodeTypes
  readonly operations: OperationRoutes
  /** Types that exist besides `nodeTypes`: Node-RED's own and those of other installed packages. */
  readonly otherTypes: ReadonlySet<string>
}

export interface Rule {
  readonly name: string
  readonly check: (context: RuleContext) => Complaint[]
}

/** How a message calls a node: as people see it in the editor. */
export function calling(node: FlowNode): string {
  const name = node.type === 'tab' ? node['label'] : node['name']
  return typeof name === 'string' && name !== '' ? `${node.type} "${name}"` : `${node.type} ${node.id}`
}
