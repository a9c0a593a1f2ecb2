import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { calling } from '../rule.ts'
import type { Complaint, NodeTypes, Rule } from '../rule.ts'
import type { FlowGraph } from '../graph.ts'

const ANY = 'any'
/** Pass on what comes without looking at it, so the wire is judged from end to end. */
const TRANSPARENT = new Set(['junction', 'link in', 'link out'])

function receivers(direct: readonly FlowNode[], graph: FlowGraph): FlowNode[] {
  const reached = new Set(direct)
  for (const node of reached) {
    if (!TRANSPARENT.has(node.type)) continue
    for (const next of graph.outputs(node).flat()) reached.add(next)
  }
  return [...reached].filter(({ type }) => !TRANSPARENT.has(type))
}

function judge(
  node: FlowNode,
  output: number,
  sent: readonly string[],
  receiver: FlowNode,
  nodeTypes: NodeTypes,
): Complaint[] {
  const type = nodeTypes.get(receiver.type)
  if (type === undefined) return []
  const wire = `output ${output + 1} of ${calling(node)} is wired to ${calling(receiver)}`
  if (type.input === undefined) {
    return [{ node, severity: 'error', message: `${wire}, which has no input. Remove the wire.` }]
  }
  const accepted = new Set(type.input)
  if (accepted.has(ANY) || sent.includes(ANY)) return []
  const misfits = sent.filter((name) => !accepted.has(name))
  if (misfits.length === 0) return []
  const isPartly = misfits.length < sent.length
  const message =
    `${wire}, which takes ${type.input.join(' or ')} and ${isPartly ? 'may get' : 'gets'} ${misfits.join(' or ')}. ` +
    `Wire it to a node that takes that, or put one in between that makes one of the other.`
  return [{ node, severity: isPartly ? 'warning' : 'error', message }]
}

export const wireTypes: Rule = {
  name: 'wire-types',
  check: ({ graph, nodeTypes }) =>
    graph.running
      .filter(({ type }) => !TRANSPARENT.has(type))
      .flatMap((node) => {
        const type = nodeTypes.get(node.type)
        return graph.outputs(node).flatMap((direct, output) => {
          const sent = type === undefined ? [ANY] : (type.outputs[output] ?? [ANY])
          return receivers(direct, graph).flatMap((receiver) =>
            judge(node, output, sent, receiver, nodeTypes),
          )
        })
      }),
}
