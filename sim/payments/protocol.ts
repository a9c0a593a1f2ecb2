import type { IncomingHttpHeaders } from 'node:http'
import type { Desk, Payment } from './desk.ts'

export interface Asked {
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Notice {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How one provider is spoken with, and speaks. */
export interface Protocol {
  /** What stands in the `authorization` of whoever may ask. */
  readonly authorization: string
  answer(asked: Asked, desk: Desk): Answer
  /** What it tells of a payment as it is now; undefined where it says nothing. */
  notice(payment: Payment): Notice | undefined
  /** The notice with the signature of this moment. */
  sign(notice: Notice, nowMs: number): Notice
  /** What becomes of a payment that is declined. */
  readonly declined: Pick<Partial<Payment>, 'status' | 'wasDeclined'>
}

export interface ProtocolParts {
  readonly secret: string
  /** Where the page of a payment is. */
  readonly pageOf: (key: string) => string
  /** For providers at which it is a setting of the account. */
  readonly webhookUrl: string
  readonly nowMs: () => number
}

export const notFound: Answer = { status: 404, body: { error: 'there is no such thing' } }

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
