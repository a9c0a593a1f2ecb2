import { Duplex } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coalesceWrites, EndOfTurn } from './coalesce-writes.ts'

/** A stream that keeps what reaches its far end, chunk by chunk. */
function recorder(highWaterMark = 65_536): [Duplex, Buffer[]] {
  const arrived: Buffer[] = []
  const stream = new Duplex({
    writableHighWaterMark: highWaterMark,
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      arrived.push(chunk)
      setImmediate(done)
    },
  })
  coalesceWrites(stream, new EndOfTurn())
  return [stream, arrived]
}

const ended = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => setImmediate(() => stream.end(resolve)))

describe('joined writes', { timeout: 30_000 }, () => {
  it('arrive byte for byte in the order they were written, whatever their sizes', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: 500, max: 5000 }).map((length) => Buffer.alloc(length, length)),
      fc.string({ unit: 'binary', maxLength: 300 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(piece)), async (turns) => {
        const [stream, arrived] = recorder()
        for (const pieces of turns) {
          for (const chunk of pieces)
            if (typeof chunk === 'string') stream.write(chunk, 'utf8')
            else stream.write(chunk)
          await Promise.resolve()
        }
        await ended(stream)
        const written = turns.flat().map((chunk) => Buffer.from(chunk))
        expect(Buffer.concat(arrived).equals(Buffer.concat(written))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('reach the socket as one', async () => {
    const [stream, arrived] = recorder()
    for (let i = 0; i < 30; i++) stream.write(Buffer.from([i]))
    await ended(stream)
    expect(arrived.map(({ length }) => length)).toEqual([30])
  })

  it('tell the writer to wait when the other side does not read', async () => {
    const [stream] = recorder(10)
    expect(stream.write(Buffer.alloc(4))).toBe(true)
    stream.write(Buffer.alloc(600))
    expect(stream.write(Buffer.alloc(4))).toBe(false)
    await new Promise((resolve) => stream.once('drain', resolve))
    expect(stream.write(Buffer.alloc(4))).toBe(true)
  })
})
