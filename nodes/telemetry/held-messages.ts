import type { Clock } from '../platform/clock.ts'
import type { Route } from '../platform/stream/port.ts'

export interface Message {
  readonly route: Route
  readonly data: Uint8Array
  readonly done: (error?: Error) => void
}

/** A batch at a time, not a timer for each. */
const waitMs = 10
/** Of all devices. What they have in flight is bounded; that they go, come back and send it again is not. */
const most = { messages: 10_000, bytes: 16 * 1024 * 1024 }
const noRoom = new Error('more than a message a millisecond, for longer than they can be told apart')

/**
 * Messages that cannot be taken yet, in order within each route: not acknowledged, so their devices are read no further.
 * What there is no room to hold is refused: its device is cut off, and sends it again.
 */
export class HeldMessages {
  readonly #clock: Pick<Clock, 'after'>
  readonly #take: (message: Message) => boolean
  readonly #byRoute = new Map<Route, Message[]>()
  #messages = 0
  #bytes = 0

  /** @param take false while it cannot be taken */
  constructor(clock: Pick<Clock, 'after'>, take: (message: Message) => boolean) {
    this.#clock = clock
    this.#take = take
  }

  get size(): number {
    return this.#messages
  }

  has(route: Route): boolean {
    return this.#byRoute.has(route)
  }

  hold(message: Message): void {
    const { data, done, route } = message
    if (this.#messages >= most.messages || this.#bytes + data.length > most.bytes) return done(noRoom)
    if (this.#messages === 0) this.#clock.after(waitMs, this.#goOn)
    this.#messages += 1
    this.#bytes += data.length
    const before = this.#byRoute.get(route)
    if (before === undefined) this.#byRoute.set(route, [message])
    else before.push(message)
  }

  readonly #goOn = (): void => {
    for (const [route, messages] of this.#byRoute) {
      const left = messages.findIndex((message) => !this.#take(message))
      for (const { data } of messages.splice(0, left === -1 ? messages.length : left)) {
        this.#messages -= 1
        this.#bytes -= data.length
      }
      if (left === -1) this.#byRoute.delete(route)
    }
    if (this.#messages > 0) this.#clock.after(waitMs, this.#goOn)
  }
}
