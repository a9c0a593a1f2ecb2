import jsonata from 'jsonata'
import type { Clock } from '../../platform/clock.ts'

const maxMs = 50
const maxDepth = 500

/**
 * A JSONata expression that ends. JSONata runs on the event loop, so one that recurses for ever would stop every
 * device's readings, and the whole process with them. What a single built-in function does is not bounded by this.
 * @throws what jsonata says about an expression that is none
 */
export function boundedExpression(
  source: string,
  clock: Pick<Clock, 'monotonicMs'>,
): (input: unknown) => Promise<unknown> {
  const expression = jsonata(source)
  let depth = 0
  let endMs = 0
  const entered = (): void => {
    depth += 1
    if (depth > maxDepth) throw new Error(`the expression nests deeper than ${maxDepth}`)
    if (clock.monotonicMs() > endMs) throw new Error(`the expression takes longer than ${maxMs} ms`)
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
    endMs = clock.monotonicMs() + maxMs
    return expression.evaluate(input)
  }
}
