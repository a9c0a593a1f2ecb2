/**
 * The outgoing port: HTTP to addresses that tenants name.
 *
 * Nobody reaches by it what only the platform can reach: the address is checked after its name was resolved, the socket goes to
 * the address that was checked, no redirect is followed, and an answer has a size and a time that it may take.
 */
export interface OutgoingRequest {
  /** http: or https:, without a user. */
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Somebody who may has said that it is meant to be inside: the platform's own network is no secret then. */
  readonly allowPrivateAddress?: boolean
  /** From the first lookup to the end of the answer. Default 10 s. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface OutgoingAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The first of it; what is longer is cut off. */
  readonly text: string
}

export interface Outgoing {
  /**
   * Resolves with whatever is answered, redirects included. Rejects with {@link RefusedAddress} for what must not be reached,
   * with an Error for what could not be.
   */
  send(request: OutgoingRequest): Promise<OutgoingAnswer>
}

/** Trying again changes nothing. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress'
}
