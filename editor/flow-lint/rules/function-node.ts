import { textOf } from '../../flow-storage/flow-node.ts'
import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { isOnCanvas } from '../graph.ts'
import type { Rule } from '../rule.ts'

const MAX_LINES = 10
const KEEPS_STATE = /\b(?:context|flow|global)\s*\.\s*(?:get|set)\s*\(|\bset(?:Timeout|Interval)\s*\(/
const NO_CODE = /^(?:\/\/.*)?$/

function reason(code: string): string | undefined {
  if (KEEPS_STATE.test(code))
    return 'keeps state or time of its own, which no test covers and no restart keeps'
  const lines = code.split('\n').filter((line) => !NO_CODE.test(line.trim())).length
  return lines > MAX_LINES ? `has ${lines} lines of code, which no type or test covers` : undefined
}

export const functionNode: Rule = {
  name: 'function-node',
  check: ({ graph, nodeTypes }) => {
    const onPlatformTabs = new Set(
      graph.running.filter((node) => nodeTypes.has(node.type) && isOnCanvas(node)).map((node) => node['z']),
    )
    const isCandidate = (node: FlowNode): boolean => node.type === 'function' && onPlatformTabs.has(node['z'])
    return graph.running.filter(isCandidate).flatMap((node) => {
      const why = reason(textOf(node, 'func') ?? '')
      if (why === undefined) return []
      const message = `this function ${why}. Use the platform node that does it, or make it one (docs/how-to/add-a-node.md).`
      return [{ node, severity: 'warning', message }]
    })
  },
}
