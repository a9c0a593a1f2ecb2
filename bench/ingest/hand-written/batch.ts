import { Buffer } from 'node:buffer'

const headerBytes = 8
const startBytes = 1 << 20

/** The messages of one turn in one growing buffer: device number and payload length (both 32 bit, little-endian), payload. */
export class BatchBuffer {
  #buffer = Buffer.allocUnsafeSlow(startBytes)
  #end = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Valid until the next `add` or `clear`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end)
  }

  add(device: number, payload: Uint8Array): void {
    const start = this.#end + headerBytes
    const end = start + payload.length
    if (end > this.#buffer.length) this.#grow(end)
    const buffer = this.#buffer
    buffer.writeUInt32LE(device, this.#end)
    buffer.writeUInt32LE(payload.length, this.#end + 4)
    buffer.set(payload, start)
    this.#end = end
    this.#count++
  }

  clear(): void {
    this.#end = 0
    this.#count = 0
  }

  #grow(needed: number): void {
    const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    bigger.set(this.#buffer.subarray(0, this.#end))
    this.#buffer = bigger
  }
}

/**
 * Calls `take` for each message of a batch with its payload as text.
 * The whole batch becomes one latin-1 string and each payload a slice of it: a native call a batch, not a message. Bytes
 * beyond ASCII come out wrong, but they can only stand inside JSON strings, and no name or time that matters here has any.
 */
export function readBatch(
  bytes: Buffer,
  take: (device: number, payload: string, index: number) => void,
): number {
  const text = bytes.toString('latin1')
  let index = 0
  for (let at = 0; at < bytes.length; index++) {
    const start = at + headerBytes
    const end = start + bytes.readUInt32LE(at + 4)
    take(bytes.readUInt32LE(at), text.slice(start, end), index)
    at = end
  }
  return index
}
