import { calling } from '../rule.ts'
import type { NodeType, Rule } from '../rule.ts'

const ERROR_MESSAGE = /^(?:error|failure|problem|dead-letter|rejected|rejection|refused|refusal)s?$/

function errorOutputs({ outputs, errorOutputs: declared }: NodeType): readonly number[] {
  if (declared !== undefined) return declared
  return outputs.flatMap((types, index) =>
    types.length > 0 && types.every((type) => ERROR_MESSAGE.test(type)) ? [index] : [],
  )
}

/** All a catch node has is errors. */
const CATCH: NodeType = { outputs: [['error']] }

export const unconnectedErrorOutput: Rule = {
  name: 'unconnected-error-output',
  check: ({ graph, nodeTypes }) =>
    graph.running.flatMap((node) => {
      const type = node.type === 'catch' ? CATCH : nodeTypes.get(node.type)
      if (type === undefined) return []
      const wired = graph.outputs(node)
      const open = errorOutputs(type).filter((output) => (wired[output] ?? []).length === 0)
      return open.map((output) => ({
        node,
        severity: 'error',
        message:
          `output ${output + 1} of ${calling(node)} carries errors and is not connected, so they vanish. ` +
          `Wire it to a dead-letter, notify or reply node.`,
      }))
    }),
}
