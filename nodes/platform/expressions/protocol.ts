/** What the main process and a process that evaluates say to each other. */

export interface Turn {
  /** Expressions, each once. */
  readonly sources: readonly string[]
  readonly items: readonly TurnItem[]
}

export interface TurnItem {
  /** Index among the sources. */
  readonly source: number
  /** The input, as JSON. */
  readonly text: string
}

export type Result =
  /** As JSON; absent when the expression gives nothing. */
  | { readonly kind: 'value'; readonly text?: string }
  | { readonly kind: 'failed'; readonly detail: string }
  /** `isCostly` when it took as much as it could get, time or memory. */
  | { readonly kind: 'limit'; readonly detail: string; readonly isCostly: boolean }

export type FromEvaluator =
  | { readonly kind: 'ready' }
  /** Of the first items of the turn, at least one: the others are for a turn to come. */
  | { readonly kind: 'done'; readonly results: readonly Result[] }
