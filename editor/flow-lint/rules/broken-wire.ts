import { wiresOf } from '../graph.ts'
import type { Rule } from '../rule.ts'

export const brokenWire: Rule = {
  name: 'broken-wire',
  check: ({ flows, graph }) =>
    flows.flatMap((node) => {
      const isBroken = (id: string): boolean =>
        graph.node(id)?.['z'] !== node['z'] || graph.node(id) === undefined
      return wiresOf(node)
        .flat()
        .filter(isBroken)
        .map((id) => ({
          node,
          severity: 'error',
          message:
            `it is wired to ${id}, which is not on the same tab. ` +
            `Remove the wire, or go to another tab with a link out and a link in.`,
        }))
    }),
}
