import type { MessageType } from './message-type.ts'

/**
 * Remembers which payloads were made by a typed node and have not been in foreign hands since, so that a batch is
 * checked against its schema once, where it enters, and not again at every hop.
 *
 * Keyed by the payload's identity: a clone is not trusted, and {@link distrust} is called for whatever a foreign node
 * receives, since that node may change it in place.
 */
const trusted = new WeakMap<object, MessageType<unknown>>()

export function trust(payload: unknown, type: MessageType<unknown>): void {
  if (typeof payload === 'object' && payload !== null) trusted.set(payload, type)
}

export function isTrusted(payload: object, type: MessageType<unknown>): boolean {
  const known = trusted.get(payload)
  return known !== undefined && (known === type || type.accepts?.includes(known) === true)
}

export function distrust(payload: unknown): void {
  if (typeof payload === 'object' && payload !== null) trusted.delete(payload)
}
