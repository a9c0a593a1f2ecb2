import { type Condition, isGroup, type Leaf } from './condition.ts'
import type { PlainLeaf } from './judge.ts'
import type { Rule } from './rule.ts'

/** Leaves by their place among the leaves. */
export type Tree = number | { readonly isAll: boolean; readonly of: readonly Tree[] }

/** Stands for all ports together. */
export const anyPort = -1

/** A rule, worked out once for the evaluator. */
export interface CompiledRule {
  readonly id: string
  /** Undefined for a rule of a flow, which watches whatever goes by. */
  readonly orgId: string | undefined
  readonly rule: Rule
  readonly leaves: readonly Leaf[]
  readonly tree: Tree
  /** Its one condition, where that is all there is and each reading says by itself, with the one before, whether it holds. */
  readonly plainLeaf: PlainLeaf | undefined
  /** What it watches; the newest reading of each is kept. */
  readonly ports: readonly number[]
  /** Of each leaf, its place among `ports`. */
  readonly slots: readonly number[]
  /** Where the newest of any port is kept; -1 when nobody asks. */
  readonly anySlot: number
  /** Of its alerts: null where several ports make one. */
  readonly alertPort: number | null
  /** Time alone can make it fire. */
  readonly isTimed: boolean
  /** What happened longer ago does not count for it. */
  readonly lookbackMs: number
}

/** What was stored and not evaluated when a process died lies within so much. */
const leastLookbackMs = 300_000

export function compileRule(rule: Rule, orgId: string | undefined): CompiledRule {
  const leaves: Leaf[] = []
  const tree = plant(rule.condition, leaves)
  const watched = leaves.map((leaf) => leaf.port ?? anyPort)
  const ports = [...new Set(watched)]
  return {
    id: rule.id,
    orgId,
    rule,
    leaves,
    tree,
    plainLeaf: plainLeafOf(leaves),
    ports,
    slots: watched.map((port) => ports.indexOf(port)),
    anySlot: ports.indexOf(anyPort),
    alertPort: isGroup(rule.condition) ? null : (rule.condition.port ?? null),
    isTimed: (rule.sustainedForMs ?? 0) > 0 || leaves.some(({ kind }) => kind === 'no-data'),
    lookbackMs: Math.max(
      leastLookbackMs,
      (rule.sustainedForMs ?? 0) * 2,
      rule.occurrences?.withinMs ?? 0,
      ...leaves.map((leaf) => (leaf.kind === 'deviation' ? leaf.windowMs : 0)),
    ),
  }
}

function plainLeafOf([leaf, ...others]: readonly Leaf[]): PlainLeaf | undefined {
  return leaf === undefined || others.length > 0 || leaf.kind === 'deviation' || leaf.kind === 'no-data'
    ? undefined
    : leaf
}

function plant(condition: Condition, leaves: Leaf[]): Tree {
  if (!isGroup(condition)) return leaves.push(condition) - 1
  return { isAll: condition.kind === 'all', of: condition.of.map((each) => plant(each, leaves)) }
}
