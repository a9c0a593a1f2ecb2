import { areOverlapping, drawnNodes } from '../canvas/node-box.ts'
import { calling } from '../rule.ts'
import type { Rule } from '../rule.ts'

export const nodeOverlap: Rule = {
  name: 'node-overlap',
  check: ({ flows, nodeTypes, operations }) =>
    [...drawnNodes(flows, { nodeTypes, operations }).values()].flatMap((drawn) =>
      drawn.flatMap(([node, box], index) => {
        const covered = drawn.slice(0, index).find(([, other]) => areOverlapping(box, other))
        if (covered === undefined) return []
        const message = `it covers ${calling(covered[0])} in the editor. Move one of them.`
        return [{ node, severity: 'warning', message }]
      }),
    ),
}
