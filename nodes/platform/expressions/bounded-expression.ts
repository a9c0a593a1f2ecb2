import { maxDepth, maxEvaluationMs } from './limits.ts'
import { parseExpression } from './parse-expression.ts'

/** It took more than an expression may: no fault of the payload alone. */
export class LimitExceeded extends Error {
  override readonly name = 'LimitExceeded'
}

/**
 * A JSONata expression that ends, as long as its steps do: what a single built-in function does is not bounded by this.
 * @param nowMs time that the thread has spent, so that a busy machine is not held against the expression
 * @throws what jsonata says about an expression that is none
 */
export function boundedExpression(source: string, nowMs: () => number): (input: unknown) => Promise<unknown> {
  const expression = parseExpression(source)
  let depth = 0
  let endMs = 0
  const entered = (): void => {
    depth += 1
    if (depth > maxDepth) throw new LimitExceeded(`the expression nests deeper than ${maxDepth}`)
    if (nowMs() > endMs) throw new LimitExceeded(`the expression takes longer than ${maxEvaluationMs} ms`)
  }
  const left = (): void => {
    depth -= 1
  }
  // The bindings that jsonata looks up around each step. Its types only know names that are text.
  // oxlint-disable-next-line typescript/unbound-method -- jsonata's functions do not use `this`
  const { assign } = expression
  Reflect.apply(assign, expression, [Symbol.for('jsonata.__evaluate_entry'), entered])
  Reflect.apply(assign, expression, [Symbol.for('jsonata.__evaluate_exit'), left])
  return (input) => {
    depth = 0
    endMs = nowMs() + maxEvaluationMs
    return expression.evaluate(input)
  }
}
