import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { isReturn } from '../graph.ts'
import type { FlowGraph } from '../graph.ts'
import { calling } from '../rule.ts'
import type { NodeTypes, Rule } from '../rule.ts'
import { isEntrance, isReply } from './http-roles.ts'

/** The graph without what nodes send of their own: a request does not travel there. */
const onlyRequests = (graph: FlowGraph, nodeTypes: NodeTypes): FlowGraph => ({
  ...graph,
  outputs(node) {
    const own = nodeTypes.get(node.type)?.ownOutputs ?? []
    return graph.outputs(node).filter((_, index) => !own.includes(index))
  },
})

function requestPath(start: FlowNode, graph: FlowGraph): Set<FlowNode> {
  const path = new Set([start])
  for (const node of path) {
    if (isReply(node, graph)) continue
    for (const receiver of graph.outputs(node).flat()) path.add(receiver)
  }
  return path
}

/**
 * Every output is a way that a request may take, so each needs a reply behind it; of the receivers of one output a single one
 * has to reply. Found as the greatest fixed point, so that a way back into a loop counts as answered if the loop's exits are.
 */
function unansweredOf(path: ReadonlySet<FlowNode>, graph: FlowGraph): Set<FlowNode> {
  const unanswered = new Set<FlowNode>()
  const isAnswered = (node: FlowNode): boolean => {
    if (isReply(node, graph) || isReturn(node)) return true
    const outputs = graph.outputs(node)
    return outputs.length > 0 && outputs.every((receivers) => receivers.some((each) => !unanswered.has(each)))
  }
  let before: number
  do {
    before = unanswered.size
    for (const node of path) if (!isAnswered(node)) unanswered.add(node)
  } while (unanswered.size > before)
  return unanswered
}

/** Where a request is lost, following the unanswered ways from where it came in. */
function deadEnd(start: FlowNode, unanswered: ReadonlySet<FlowNode>, graph: FlowGraph): string {
  const visited = new Set<FlowNode>()
  let node: FlowNode | undefined = start
  while (node !== undefined) {
    visited.add(node)
    const outputs = graph.outputs(node)
    if (outputs.length === 0) return `${calling(node)} passes nothing on`
    const output = outputs.findIndex((receivers) => receivers.every((each) => unanswered.has(each)))
    const ways: readonly FlowNode[] = outputs[output] ?? []
    if (output !== -1 && ways.length === 0) return `output ${output + 1} of ${calling(node)} leads nowhere`
    // A debug node is never where an author means to go on.
    const onward = ways.filter((each) => !visited.has(each))
    node = onward.find(({ type }) => type !== 'debug') ?? onward[0]
  }
  return 'it runs in a circle without a reply'
}

export const httpInReply: Rule = {
  name: 'http-in-reply',
  check: ({ graph: whole, nodeTypes }) => {
    const graph = onlyRequests(whole, nodeTypes)
    return graph.running.filter(isEntrance).flatMap((node) => {
      const path = requestPath(node, graph)
      const unanswered = unansweredOf(path, graph)
      const hasReply = [...path].some((each) => isReply(each, graph))
      if (hasReply && !unanswered.has(node)) return []
      const message =
        `a request can go unanswered: ${deadEnd(node, unanswered, graph)}. ` +
        `Wire every output on its way on to a reply node.`
      return [{ node, severity: 'error', message }]
    })
  },
}
