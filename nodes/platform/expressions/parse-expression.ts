import jsonata, { type Expression } from 'jsonata'
import { maxCountedRepeats, maxSequence } from './limits.ts'
import { LinearRegExp } from './linear-regexp.ts'

/**
 * A JSONata expression whose patterns take linear time.
 * @throws what jsonata says about an expression that is none, and for patterns that only backtracking can match
 */
export function parseExpression(source: string): Expression {
  const expression = jsonata(source, {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- jsonata makes engines of RegExp objects, sets `lastIndex` and calls `exec`, nothing else
    RegexEngine: LinearRegExp as unknown as RegExpConstructor,
    sequence: maxSequence,
  })
  const patterns = patternsOf(expression.ast())
  if (patterns.reduce((sum, { source: pattern }) => sum + countedRepeats(pattern), 0) > maxCountedRepeats)
    throw new Error(`the patterns repeat more than ${maxCountedRepeats} times by number`)
  for (const pattern of patterns) checked(pattern)
  return expression
}

function checked(pattern: RegExp): void {
  try {
    void new LinearRegExp(pattern)
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : ''
    throw new Error(`the pattern /${pattern.source}/ is not supported: ${why}`, { cause: error })
  }
}

const countedRepeats = (pattern: string): number =>
  [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce(
    (sum, [, least, most]) => sum + Math.max(Number(least), Number(most ?? 0)),
    0,
  )

/** Without recursion, since an expression may nest as deep as it is long. */
function patternsOf(ast: unknown): readonly RegExp[] {
  const found: RegExp[] = []
  const seen = new Set<unknown>()
  const open: unknown[] = [ast]
  while (open.length > 0) {
    const part = open.pop()
    if (typeof part !== 'object' || part === null || seen.has(part)) continue
    seen.add(part)
    if (part instanceof RegExp) found.push(part)
    else open.push(...Object.values(part))
  }
  return found
}
