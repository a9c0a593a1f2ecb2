import { type FlowNode, textOf } from '../../flow-storage/flow-node.ts'
import { areOverlapping, type Box, drawnNodes, groupBox, isWithin } from '../canvas/node-box.ts'
import { calling } from '../rule.ts'
import type { Complaint, Rule } from '../rule.ts'

type Group = readonly [group: FlowNode, box: Box]

/** The group that a node belongs to, and those around that one. */
function groupsAround(node: FlowNode, groups: ReadonlyMap<string, Group>): ReadonlySet<string> {
  const around = new Set<string>()
  let id = textOf(node, 'g')
  while (id !== undefined && !around.has(id)) {
    around.add(id)
    const group = groups.get(id)?.[0]
    id = group === undefined ? undefined : textOf(group, 'g')
  }
  return around
}

function judge(node: FlowNode, box: Box, groups: ReadonlyMap<string, Group>): Complaint[] {
  const complain = (message: string): Complaint[] => [{ node, severity: 'warning', message }]
  const own = groups.get(textOf(node, 'g') ?? '')
  if (own !== undefined && !isWithin(box, own[1]))
    return complain(`it stands outside its ${calling(own[0])}. Move it in, or take it out of the group.`)
  const belongsTo = groupsAround(node, groups)
  const foreign = [...groups.values()].find(
    ([group, area]) =>
      textOf(group, 'z') === textOf(node, 'z') && !belongsTo.has(group.id) && areOverlapping(box, area),
  )
  return foreign === undefined
    ? []
    : complain(
        `it stands in ${calling(foreign[0])}, to which it does not belong. Move it, or add it to the group.`,
      )
}

export const groupBounds: Rule = {
  name: 'group-bounds',
  check({ flows, nodeTypes, operations }) {
    const groups = new Map(
      flows
        .filter(({ type }) => type === 'group')
        .flatMap((group): (readonly [string, Group])[] => {
          const box = groupBox(group)
          return box === undefined ? [] : [[group.id, [group, box]]]
        }),
    )
    return [...drawnNodes(flows, { nodeTypes, operations }).values()]
      .flat()
      .flatMap(([node, box]) => judge(node, box, groups))
  },
}
