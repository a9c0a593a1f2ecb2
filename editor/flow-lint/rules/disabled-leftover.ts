import type { Rule } from '../rule.ts'

export const disabledLeftover: Rule = {
  name: 'disabled-leftover',
  check: ({ flows }) =>
    flows
      .filter((node) => node['d'] === true || (node.type === 'tab' && node['disabled'] === true))
      .map((node) => ({
        node,
        severity: 'warning',
        message:
          `this ${node.type === 'tab' ? 'tab' : 'node'} is disabled and does nothing. ` +
          `Remove it (the history keeps it) or enable it.`,
      })),
}
