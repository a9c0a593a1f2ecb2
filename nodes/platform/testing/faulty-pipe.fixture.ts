/** One direction of a connection through the {@link FaultyProxy}. */
import type { Socket } from 'node:net'

export type Direction = 'toServer' | 'toClient'

export interface Conditions {
  readonly delayMs: number
  readonly isTrickling: boolean
  /** What arrives vanishes. */
  readonly isSilent: boolean
  /** What arrives waits. */
  readonly isHeld: boolean
}

export interface PipeHooks {
  conditions(): Conditions
  /** What of the bytes may pass. */
  pass(chunk: Buffer): Buffer
}

type Arrived = { readonly dueMs: number } & (
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'end' | 'broken' }
)

/** What may wait here, as in a window of TCP; then the sender has to. */
const MAX_WAITING_BYTES = 1_048_576
/** Between two bytes. */
const TRICKLE_MS = 1

export class Pipe {
  /** Whether bytes vanished, so that nothing that follows would make sense to the receiver. */
  hasLost = false
  readonly #from: Socket
  readonly #to: Socket
  readonly #hooks: PipeHooks
  readonly #waiting: Arrived[] = []
  #waitingBytes = 0
  /** Whether something will call {@link go} anyway. */
  #isWaiting = false

  constructor(from: Socket, to: Socket, hooks: PipeHooks) {
    this.#from = from
    this.#to = to
    this.#hooks = hooks
    from.on('data', (bytes: Buffer) => {
      this.#waitingBytes += bytes.length
      if (this.#waitingBytes > MAX_WAITING_BYTES) from.pause()
      this.#take({ kind: 'bytes', bytes })
    })
    from.once('end', () => this.#take({ kind: 'end' }))
    from.once('error', () => this.#take({ kind: 'broken' }))
    from.once('close', () => {
      if (!from.readableEnded) this.#take({ kind: 'broken' })
    })
  }

  /** Passes on what may go now, and comes back for the rest. */
  go(): void {
    if (this.#isWaiting) return
    for (;;) {
      const [first] = this.#waiting
      const { isHeld, isSilent, isTrickling } = this.#hooks.conditions()
      if (first === undefined || isHeld || this.#to.destroyed) return
      const earlyMs = first.dueMs - performance.now()
      if (earlyMs > 0) return this.#again((go) => setTimeout(go, earlyMs))
      if (isSilent) {
        this.hasLost = true
        this.#taken(first)
      } else if (first.kind === 'bytes' && isTrickling) {
        this.#trickle(first.bytes, first.dueMs)
        return this.#again((go) => setTimeout(go, TRICKLE_MS))
      } else {
        this.#taken(first)
        if (!this.#passOn(first)) return this.#again((go) => this.#to.once('drain', go))
      }
    }
  }

  #take(
    arrived: { readonly kind: 'bytes'; readonly bytes: Buffer } | { readonly kind: 'end' | 'broken' },
  ): void {
    this.#waiting.push({ ...arrived, dueMs: performance.now() + this.#hooks.conditions().delayMs })
    this.go()
  }

  #taken(arrived: Arrived): void {
    this.#waiting.shift()
    if (arrived.kind === 'bytes') this.#release(arrived.bytes.length)
  }

  #release(bytes: number): void {
    this.#waitingBytes -= bytes
    if (this.#waitingBytes <= MAX_WAITING_BYTES && this.#from.isPaused()) this.#from.resume()
  }

  #trickle(bytes: Buffer, dueMs: number): void {
    if (bytes.length > 1) this.#waiting[0] = { kind: 'bytes', bytes: bytes.subarray(1), dueMs }
    else this.#waiting.shift()
    this.#release(1)
    this.#to.write(this.#hooks.pass(bytes.subarray(0, 1)))
  }

  /** False when the receiver has enough for now. */
  #passOn(arrived: Arrived): boolean {
    if (arrived.kind === 'bytes') {
      const passing = this.#hooks.pass(arrived.bytes)
      return this.#to.destroyed || this.#to.write(passing)
    }
    if (arrived.kind === 'end') this.#to.end()
    // One that was ended keeps what it was given: a reset could make the receiver throw it away.
    else if (!this.#to.writableEnded) this.#to.resetAndDestroy()
    return true
  }

  #again(arrange: (go: () => void) => void): void {
    this.#isWaiting = true
    arrange(() => {
      this.#isWaiting = false
      this.go()
    })
  }
}
