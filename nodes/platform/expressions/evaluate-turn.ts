import { presentable } from '../kit/presentable.ts'
import { boundedExpression, LimitExceeded } from './bounded-expression.ts'
import { maxResultChars, turnMs } from './limits.ts'
import type { Result, Turn } from './protocol.ts'

type Evaluate = ReturnType<typeof boundedExpression>

const maxKnown = 50
const codeOfSequences = 'D2015'

/** Evaluates items in order, until the turn is over. Keeps the expressions that were used last. */
export class Evaluator {
  readonly #known = new Map<string, Evaluate>()
  readonly #nowMs: () => number

  /** @param nowMs time that this thread has spent */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  async evaluateTurn({ items, sources }: Turn): Promise<readonly Result[]> {
    const endMs = this.#nowMs() + turnMs
    const results: Result[] = []
    let chars = 0
    for (const { source, text } of items) {
      const result = await this.#evaluate(sources[source] ?? '', text)
      results.push(result)
      if (result.kind === 'value') chars += result.text?.length ?? 0
      if (this.#nowMs() >= endMs || chars > maxResultChars) break
    }
    return results
  }

  async #evaluate(source: string, text: string): Promise<Result> {
    try {
      // JSONata builds its results from objects of its own: through JSON they become plain data.
      const json = JSON.stringify(await this.#expression(source)(JSON.parse(text))) as string | undefined
      if (json === undefined) return { kind: 'value' }
      if (json.length <= maxResultChars) return { kind: 'value', text: json }
      return {
        kind: 'limit',
        detail: `the result has more than ${maxResultChars} characters`,
        isCostly: false,
      }
    } catch (error) {
      const detail = presentable(error)
      if (error instanceof LimitExceeded) return { kind: 'limit', detail, isCostly: detail.endsWith(' ms') }
      return hasCode(error, codeOfSequences)
        ? { kind: 'limit', detail, isCostly: false }
        : { kind: 'failed', detail }
    }
  }

  #expression(source: string): Evaluate {
    const known = this.#known.get(source)
    // Moved to the end: what was used longest ago goes first.
    if (known !== undefined) this.#known.delete(source)
    const expression = known ?? boundedExpression(source, this.#nowMs)
    this.#known.set(source, expression)
    const [oldest] = this.#known.keys()
    if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest)
    return expression
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code
