import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and breaks connections when it was told to. */
export class FlakyProxy {
  readonly port: number
  readonly #server: ReturnType<typeof createServer>
  readonly #sockets = new Set<Socket>()
  /** Bytes, in either direction, until every connection breaks and new ones are refused; undefined for never. */
  #bytesLeft: number | undefined

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.#server = server
    this.port = port
  }

  static async open(targetPort: number): Promise<FlakyProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    const proxy = new FlakyProxy(server, address.port)
    server.on('connection', (client) => proxy.#join(client, connect(targetPort, '127.0.0.1')))
    return proxy
  }

  /** Lets so many bytes pass from now on, then nothing. */
  breakAfter(bytes: number): void {
    this.#bytesLeft = bytes
  }

  mend(): void {
    this.#bytesLeft = undefined
  }

  get isBroken(): boolean {
    return this.#bytesLeft !== undefined && this.#bytesLeft <= 0
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #join(client: Socket, server: Socket): void {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.on('data', (chunk: Buffer) => {
        if (this.#bytesLeft === undefined) {
          to.write(chunk)
          return
        }
        to.write(chunk.subarray(0, Math.max(0, this.#bytesLeft)))
        this.#bytesLeft -= chunk.length
        if (!this.isBroken) return
        for (const socket of this.#sockets) socket.resetAndDestroy()
      })
    }
    if (this.isBroken) client.resetAndDestroy()
  }
}
