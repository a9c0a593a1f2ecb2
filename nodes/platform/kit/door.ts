import type { MessageType } from './message-type.ts'
import { isTrusted } from './trust.ts'

export type Checked<T> =
  | { readonly kind: 'batch'; readonly items: readonly T[]; readonly wasSingle: boolean }
  | { readonly kind: 'refused'; readonly error: MessageRefused }

/** The message does not have the type that the node takes; `path` names the field. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused'
  readonly path: string
  constructor(expected: string, path: string, detail: string) {
    super(`expected ${expected}: ${path}: ${detail}`)
    this.path = path
  }
}

/** Checks what arrived at a node's door: one item or a batch, of the declared type. */
export function checkAtTheDoor<T>(payload: unknown, type: MessageType<T>): Checked<T> {
  if (typeof payload === 'object' && payload !== null && isTrusted(payload, type)) {
    return Array.isArray(payload)
      ? { kind: 'batch', items: payload, wasSingle: false }
      : // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- trusted: a typed node sent it as this type
        { kind: 'batch', items: [payload as T], wasSingle: true }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `anyMessage` is named so, and its T is unknown
  if (type.name === 'any') return { kind: 'batch', items: [payload as T], wasSingle: true }
  const wasSingle = !Array.isArray(payload)
  const candidates: readonly unknown[] = Array.isArray(payload) ? payload : [payload]
  const items: T[] = []
  for (const [index, candidate] of candidates.entries()) {
    const result = type.schema.safeParse(candidate)
    if (!result.success) {
      const issue = result.error.issues[0]
      const at = ['payload', ...(wasSingle ? [] : [index]), ...(issue?.path ?? [])].join('.')
      return { kind: 'refused', error: new MessageRefused(type.name, at, issue?.message ?? 'invalid') }
    }
    items.push(result.data)
  }
  return { kind: 'batch', items, wasSingle }
}
