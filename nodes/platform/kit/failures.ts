interface Failed {
  readonly error: Error
  uncaught: number
  /** Whether a catch node has the newest of them: a second one that gets it too takes nothing more. */
  isNewestCaught: boolean
}

/** The errors of one delivery that nobody has caught, by the node that failed and the message that it failed on. */
export class Failures {
  readonly #byOrigin = new Map<string, Failed>()

  /** The one that came first of those that nobody has caught. */
  get first(): Error | undefined {
    return this.#byOrigin.values().next().value?.error
  }

  add(nodeId: string, messageId: unknown, error: Error): void {
    const origin = originOf(nodeId, messageId)
    const known = this.#byOrigin.get(origin)
    if (known === undefined) {
      this.#byOrigin.set(origin, { error, uncaught: 1, isNewestCaught: false })
      return
    }
    known.uncaught += 1
    known.isNewestCaught = false
  }

  /** The clones of one message share its id, so only the newest error of its origin is meant. */
  caught(nodeId: unknown, messageId: unknown): void {
    const origin = originOf(nodeId, messageId)
    const known = this.#byOrigin.get(origin)
    if (known === undefined || known.isNewestCaught) return
    known.uncaught -= 1
    known.isNewestCaught = true
    if (known.uncaught === 0) this.#byOrigin.delete(origin)
  }
}

const originOf = (nodeId: unknown, messageId: unknown): string => `${String(nodeId)} ${String(messageId)}`
