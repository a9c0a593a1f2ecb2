import { isContainer } from '../../flow-storage/flow-node.ts'
import type { Rule } from '../rule.ts'

const SUBFLOW_INSTANCE = 'subflow:'

export const unknownType: Rule = {
  name: 'unknown-type',
  // Disabled nodes count: a single missing type keeps Node-RED from starting any flow, whether it runs or not.
  check: ({ flows, graph, nodeTypes, otherTypes }) =>
    flows
      .filter((node) => {
        if (isContainer(node) || node.type === 'group') return false
        if (node.type.startsWith(SUBFLOW_INSTANCE)) {
          return graph.node(node.type.slice(SUBFLOW_INSTANCE.length))?.type !== 'subflow'
        }
        return !nodeTypes.has(node.type) && !otherTypes.has(node.type)
      })
      .map((node) => ({
        node,
        severity: 'error',
        message:
          `the type "${node.type}" does not exist, and one missing type stops all flows. ` +
          `Correct the name, install the package that has it, or remove the node.`,
      })),
}
