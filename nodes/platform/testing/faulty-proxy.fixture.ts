/** A TCP proxy that breaks in every way a network does, between a client and a server that are real. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

import { Pipe } from './faulty-pipe.fixture.ts'
import type { Conditions, Direction } from './faulty-pipe.fixture.ts'

const BOTH: readonly Direction[] = ['toServer', 'toClient']

/** Faults add up until {@link FaultyProxy.heal}; all are for connections that there are and those to come. */
export class FaultyProxy implements AsyncDisposable {
  readonly port: number
  readonly #targetPort: number
  readonly #server: Server
  readonly #links = new Set<Link>()
  #conditions = fine()
  /** Bytes that may still pass in the directions that are counted; undefined for all. */
  #allowance: { bytes: number; readonly directions: readonly Direction[] } | undefined
  #awaited: { readonly text: string; readonly lost: () => void } | undefined
  /** Connections accepted so far. */
  #accepted = 0

  private constructor(server: Server, port: number, targetPort: number) {
    this.#server = server
    this.port = port
    this.#targetPort = targetPort
    server.on('connection', (client) => this.#accept(client))
  }

  static async open(targetPort: number): Promise<FaultyProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    return new FaultyProxy(server, address.port, targetPort)
  }

  get connections(): number {
    return this.#links.size
  }

  get accepted(): number {
    return this.#accepted
  }

  /** Each byte arrives so much later; the throughput stays. */
  delay(ms: number, ...directions: readonly Direction[]): void {
    this.#set({ delayMs: ms }, directions)
  }

  /** One byte at a time, a millisecond apart. */
  trickle(...directions: readonly Direction[]): void {
    this.#set({ isTrickling: true }, directions)
  }

  /**
   * Half-open: what is sent vanishes, and so does the end of a connection; nobody is told. A connection that lost
   * bytes is reset when the proxy heals, as by a host that has forgotten it.
   */
  silence(...directions: readonly Direction[]): void {
    this.#set({ isSilent: true }, directions)
  }

  /**
   * Nothing passes either way. `hang`: connections stay and, after the partition heals, go on with what was sent
   * meanwhile, as TCP does that has sent it again; new ones are not answered. `refuse`: connections are reset and new
   * ones refused.
   */
  async partition(kind: 'hang' | 'refuse'): Promise<void> {
    this.#set({ isHeld: true }, BOTH)
    if (kind === 'hang') return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.reset()
    await closed
  }

  /** Resets (RST) all connections there are. */
  reset(): void {
    for (const link of this.#links) link.reset()
  }

  /** Lets so many bytes pass from now on; then every connection is reset, new ones as well until the proxy heals. */
  resetAfter(bytes: number, ...directions: readonly Direction[]): void {
    this.#allowance = { bytes, directions: directions.length === 0 ? BOTH : directions }
  }

  /** Whether {@link resetAfter} has come to its end. */
  get isBroken(): boolean {
    return this.#allowance !== undefined && this.#allowance.bytes <= 0
  }

  /**
   * The next request with this text in it reaches the server, and when the server answers the connection is reset
   * instead of passing the answer on. Resolves when that has happened.
   */
  loseAnswerTo(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#awaited = { text, lost: resolve }
    return promise
  }

  async heal(): Promise<void> {
    this.#allowance = undefined
    this.#awaited = undefined
    this.#conditions = fine()
    for (const link of this.#links) link.heal()
    if (this.#server.listening) return
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.reset()
    await closed
  }

  #set(changed: Partial<Conditions>, directions: readonly Direction[]): void {
    for (const direction of directions.length === 0 ? BOTH : directions)
      Object.assign(this.#conditions[direction], changed)
  }

  #accept(client: Socket): void {
    this.#accepted += 1
    if (this.isBroken) {
      client.on('error', () => undefined).resetAndDestroy()
      return
    }
    const upstream = connect({
      port: this.#targetPort,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    })
    const link = new Link(client, upstream, {
      conditionsOf: (direction) => this.#conditions[direction],
      pass: (direction, chunk) => this.#pass(link, direction, chunk),
      onClosed: () => this.#links.delete(link),
    })
    this.#links.add(link)
  }

  /** What of a chunk may pass; the connection may be reset over it. */
  #pass(link: Link, direction: Direction, chunk: Buffer): Buffer {
    if (direction === 'toClient' && link.onAnswer !== undefined) {
      link.loseClient()
      link.onAnswer()
      return chunk.subarray(0, 0)
    }
    if (direction === 'toServer' && this.#awaited !== undefined && chunk.includes(this.#awaited.text)) {
      link.onAnswer = this.#awaited.lost
      this.#awaited = undefined
    }
    const allowance = this.#allowance
    if (allowance === undefined || !allowance.directions.includes(direction)) return chunk
    const passing = chunk.subarray(0, Math.max(0, allowance.bytes))
    allowance.bytes -= chunk.length
    // After what may still pass has been handed to the system.
    if (allowance.bytes <= 0) setImmediate(() => this.reset())
    return passing
  }
}

interface LinkHooks {
  conditionsOf(direction: Direction): Conditions
  pass(direction: Direction, chunk: Buffer): Buffer
  onClosed(): void
}

/** One connection of a client with the one to the server that belongs to it. */
class Link {
  /** Set when the answer that comes next is to be lost. */
  onAnswer: (() => void) | undefined
  readonly #sockets: readonly Socket[]
  readonly #pipes: readonly Pipe[]

  constructor(client: Socket, upstream: Socket, hooks: LinkHooks) {
    this.#sockets = [client, upstream]
    this.#pipes = BOTH.map((direction) => {
      const [from, to] = direction === 'toServer' ? [client, upstream] : [upstream, client]
      return new Pipe(from, to, {
        conditions: () => hooks.conditionsOf(direction),
        pass: (chunk) => hooks.pass(direction, chunk),
      })
    })
    let open = this.#sockets.length
    for (const socket of this.#sockets) {
      socket.once('close', () => {
        open -= 1
        if (open === 0) hooks.onClosed()
      })
    }
  }

  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** The client is reset; the server can finish what it has been sent, and gets no more. */
  loseClient(): void {
    const [client, upstream] = this.#sockets
    upstream?.end()
    client?.resetAndDestroy()
  }

  heal(): void {
    if (this.#pipes.some((pipe) => pipe.hasLost)) this.reset()
    else for (const pipe of this.#pipes) pipe.go()
  }
}

function fine(): Readonly<Record<Direction, { -readonly [K in keyof Conditions]: Conditions[K] }>> {
  const one = { delayMs: 0, isTrickling: false, isSilent: false, isHeld: false }
  return { toServer: { ...one }, toClient: { ...one } }
}
