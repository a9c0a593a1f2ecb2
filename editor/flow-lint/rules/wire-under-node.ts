import type { FlowNode } from '../../flow-storage/flow-node.ts'
import { type Box, drawnNodes } from '../canvas/node-box.ts'
import { outputPoint, type Point, wirePath } from '../canvas/wire-path.ts'
import { wiresOf } from '../graph.ts'
import { calling } from '../rule.ts'
import type { Complaint, Rule } from '../rule.ts'

type Drawn = readonly [node: FlowNode, box: Box]

/** A wire may touch an edge. */
const touch = 2

const isUnder = ({ x, y }: Point, { left, top, right, bottom }: Box): boolean =>
  x > left + touch && x < right - touch && y > top + touch && y < bottom - touch

const middleOf = ({ top, bottom }: Box): number => (top + bottom) / 2

function hidden(source: Drawn, drawn: readonly Drawn[]): Complaint[] {
  const [node, box] = source
  const wires = wiresOf(node)
  return wires.flatMap((targets, output) =>
    targets.flatMap((id) => {
      const target = drawn.find(([each]) => each.id === id)
      if (target === undefined) return []
      const from = outputPoint(box.right, middleOf(box), output, wires.length)
      const path = wirePath(from, { x: target[1].left, y: middleOf(target[1]) })
      return drawn
        .filter((each) => each !== source && each !== target && path.some((point) => isUnder(point, each[1])))
        .map(([over]) => ({
          node,
          severity: 'warning' as const,
          message:
            `the wire from output ${output + 1} to ${calling(target[0])} runs under ${calling(over)}, as if it were ` +
            `wired to that. Move one of them.`,
        }))
    }),
  )
}

export const wireUnderNode: Rule = {
  name: 'wire-under-node',
  check: ({ flows, nodeTypes, operations }) =>
    [...drawnNodes(flows, { nodeTypes, operations }).values()].flatMap((drawn) =>
      drawn.flatMap((source) => hidden(source, drawn)),
    ),
}
