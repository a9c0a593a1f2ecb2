import { ROLES, roleOf } from '../../flow-storage/roles.ts'
import type { Rule } from '../rule.ts'

const KNOWN: ReadonlySet<string> = new Set(ROLES)

export const unknownRole: Rule = {
  name: 'unknown-role',
  check: ({ flows }) =>
    flows.flatMap((node) => {
      const role = roleOf(node)
      if (role === undefined || KNOWN.has(role)) return []
      const message =
        `the tab's environment has ROLE=${role}, so it runs nowhere. ` +
        `Use ${ROLES.join(', ')}, or remove ROLE to run it in every process.`
      return [{ node, severity: 'error', message }]
    }),
}
