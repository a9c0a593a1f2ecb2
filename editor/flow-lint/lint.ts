import { GLOBALS } from '../flow-storage/file-names.ts'
import { NO_FILES, toFiles } from '../flow-storage/canonical.ts'
import type { FlowFiles } from '../flow-storage/canonical.ts'
import { isContainer, isTab, textOf } from '../flow-storage/flow-node.ts'
import type { FlowNode } from '../flow-storage/flow-node.ts'
import { graphOf } from './graph.ts'
import { installedTypes } from './installed-types.ts'
import type { NodeTypes, OperationRoutes, Rule, Severity } from './rule.ts'
import { brokenWire } from './rules/broken-wire.ts'
import { disabledLeftover } from './rules/disabled-leftover.ts'
import { functionNode } from './rules/function-node.ts'
import { groupBounds } from './rules/group-bounds.ts'
import { guardRoute } from './rules/guard-route.ts'
import { httpInGuard } from './rules/http-in-guard.ts'
import { httpInReply } from './rules/http-in-reply.ts'
import { missingCatch } from './rules/missing-catch.ts'
import { nodeOverlap } from './rules/node-overlap.ts'
import { operationNode } from './rules/operation-node.ts'
import { routeTwice } from './rules/route-twice.ts'
import { secretInProperty } from './rules/secret-in-property.ts'
import { unconnectedErrorOutput } from './rules/unconnected-error-output.ts'
import { unknownRole } from './rules/unknown-role.ts'
import { unknownType } from './rules/unknown-type.ts'
import { wireTypes } from './rules/wire-types.ts'
import { wireUnderNode } from './rules/wire-under-node.ts'

export interface Finding {
  readonly severity: Severity
  readonly rule: string
  /** Name of the flow file, such as `alerts.json`. */
  readonly file: string
  /** Label of the tab, name of the subflow, or `globals`. */
  readonly tab: string
  readonly nodeId: string
  readonly nodeType: string
  /** Empty when the node has none. */
  readonly nodeName: string
  /** What is wrong and how to mend it, in a sentence or two. */
  readonly message: string
}

export interface LintOptions {
  /** Types besides `nodeTypes` that exist; by default all of Node-RED's and the dashboard's. */
  readonly otherTypes?: ReadonlySet<string>
  /** What packages declare; by default nothing. */
  readonly operations?: OperationRoutes
  /** The files as they are on disk, to name them; by default they are named after the labels. */
  readonly files?: FlowFiles
}

export const rules: readonly Rule[] = [
  unknownType,
  httpInGuard,
  httpInReply,
  operationNode,
  guardRoute,
  routeTwice,
  wireTypes,
  brokenWire,
  unconnectedErrorOutput,
  missingCatch,
  secretInProperty,
  unknownRole,
  functionNode,
  disabledLeftover,
  nodeOverlap,
  groupBounds,
  wireUnderNode,
]

function nameOf(node: FlowNode): string {
  return textOf(node, isTab(node) ? 'label' : 'name') ?? ''
}

/** Everything the rules have against these flows, by file and in the order of its nodes. */
export function lintFlows(
  flows: readonly FlowNode[],
  nodeTypes: NodeTypes,
  { otherTypes = installedTypes, operations = new Map(), files = toFiles(flows, NO_FILES) }: LintOptions = {},
): Finding[] {
  const graph = graphOf(flows)
  const fileOf = new Map(
    [...files.files].flatMap(([file, nodes]) => nodes.map(({ id }) => [id, file] as const)),
  )
  const ranks = new Map(flows.map(({ id }, rank) => [id, rank]))
  const tabOf = (node: FlowNode): string => {
    const holder = isContainer(node) ? node : graph.node(textOf(node, 'z') ?? '')
    return holder === undefined ? GLOBALS : nameOf(holder) || holder.id
  }
  const findings = rules.flatMap(({ name, check }) =>
    check({ flows, graph, nodeTypes, operations, otherTypes }).map(
      ({ node, severity, message }): Finding => ({
        severity,
        rule: name,
        file: `${fileOf.get(node.id) ?? GLOBALS}.json`,
        tab: tabOf(node),
        nodeId: node.id,
        nodeType: node.type,
        nodeName: nameOf(node),
        message,
      }),
    ),
  )
  return findings.sort(
    (a, b) => a.file.localeCompare(b.file, 'en') || (ranks.get(a.nodeId) ?? 0) - (ranks.get(b.nodeId) ?? 0),
  )
}
