import { type Rule, ruleBody } from './rule.ts'

/** What ids of rules begin with that a node has among its properties. */
export const flowRulePrefix = 'flow:'

/** @throws naming what is wrong with it */
export function ruleOfFlow(nodeId: string, text: string, nowMs: number): Rule {
  const parsed = ruleBody.safeParse(parse(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`rule.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is none'}`)
  }
  return {
    ...parsed.data,
    id: flowRulePrefix + nodeId,
    createdAtMs: nowMs,
    sinceMs: nowMs,
    changedAtMs: nowMs,
    removedAtMs: null,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('rule: is no JSON')
  }
}
