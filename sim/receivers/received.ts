/** What reached a receiver, as its protocol has it. */
export interface Received {
  readonly kind: 'webhook' | 'email' | 'sms' | 'fcm' | 'web-push'
  /** To whom: a path, an address, a number, a token. */
  readonly to: string
  /** By what the receiver tells a repeat; null where the protocol has nothing for that. */
  readonly id: string | null
  readonly text: string
  /** Answered with this, or what happened instead of an answer. */
  readonly answer: number | 'reset' | 'timeout'
  /** Why it was refused; undefined when it was taken, or was a fault on purpose. */
  readonly refusal?: string
  /** It was taken before, under the same id. */
  readonly isRepeat: boolean
  readonly headers: Readonly<Record<string, string>>
}

/** What a protocol makes of a message before any fault. */
export type Reading = Pick<Received, 'id' | 'kind' | 'text' | 'to'> & {
  readonly refusal?: { readonly status: number; readonly reason: string }
  /** Of a message that is taken. */
  readonly answer: {
    readonly status: number
    readonly headers?: Record<string, string>
    readonly body?: object
  }
  /** Where the protocol has a word of its own for a receiver that has gone. */
  readonly gone?: { readonly status: number; readonly body: object }
}
