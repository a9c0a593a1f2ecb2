import type { Duplex } from 'node:stream'

/** Up to this, copying is cheaper than one more buffer for the system call to gather. */
const SMALL_BYTES = 512
const BLOCK_BYTES = 2048
/** Most turns bring a connection one acknowledgment or a few: a small piece of Node's buffer pool does. */
const FIRST_BLOCK_BYTES = 128

type Written = (error: Error | null | undefined) => void

/** Runs tasks at the end of the turn, all in one go: thousands of connections may have something to write in one. */
export class EndOfTurn {
  #tasks: (() => void)[] = []

  add(task: () => void): void {
    if (this.#tasks.length === 0) process.nextTick(this.#run)
    this.#tasks.push(task)
  }

  readonly #run = (): void => {
    const tasks = this.#tasks
    this.#tasks = []
    for (const task of tasks) task()
  }
}

/**
 * Joins the small writes of one turn into one buffer. mqtt-packet writes an acknowledgment as three buffers of one or
 * two bytes, and gathering them was a quarter of the broker's time under load.
 */
export function coalesceWrites(conn: Duplex, endOfTurn: EndOfTurn): void {
  const write = conn.write.bind(conn)
  const cork = conn.cork.bind(conn)
  const uncork = conn.uncork.bind(conn)
  let block: Buffer | undefined
  let used = 0

  const flush = (): void => {
    if (!block) return
    const joined = block.subarray(0, used)
    block = undefined
    if (conn.writable) write(joined)
  }
  /** A block with room for so many bytes more. */
  const roomFor = (bytes: number): Buffer => {
    if (block && used + bytes <= block.length) return block
    const isFirst = block === undefined
    flush()
    used = 0
    endOfTurn.add(flush)
    return (block = Buffer.allocUnsafe(
      isFirst && bytes <= FIRST_BLOCK_BYTES ? FIRST_BLOCK_BYTES : BLOCK_BYTES,
    ))
  }

  conn.write = (chunk: unknown, encoding?: BufferEncoding | Written, callback?: Written): boolean => {
    if (chunk instanceof Uint8Array && chunk.length <= SMALL_BYTES && encoding === undefined) {
      const into = roomFor(chunk.length)
      // A loop, because a call costs more than the byte or two that these mostly are.
      if (chunk.length > 4) into.set(chunk, used)
      else for (let i = 0; i < chunk.length; i++) into[used + i] = chunk[i] ?? 0
      used += chunk.length
      return !conn.writableNeedDrain
    }
    if (typeof chunk === 'string' && encoding === 'utf8' && chunk.length * 3 <= SMALL_BYTES) {
      const into = roomFor(chunk.length * 3)
      used += into.write(chunk, used)
      return !conn.writableNeedDrain
    }
    if (block) {
      cork()
      flush()
      process.nextTick(uncork)
    }
    return typeof encoding === 'string' ? write(chunk, encoding, callback) : write(chunk, encoding)
  }
  // mqtt-packet corks each packet and schedules an uncork for it, where there is something to cork.
  Object.assign(conn, { cork: undefined })
}
