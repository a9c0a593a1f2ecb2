import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'

export interface StreamedBody {
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: AsyncIterable<string>
}

/**
 * Sends the pieces as fast as the caller takes them. Resolves when all are sent, or when the caller has gone: the body
 * is closed then. Rejects with the error of the body; when headers were sent by then, the connection is cut.
 */
export async function sendStream(
  res: ServerResponse,
  { contentType, headers, body }: StreamedBody,
): Promise<void> {
  const pieces = body[Symbol.asyncIterator]()
  let failure: { readonly error: unknown } | undefined
  const first = await pieces.next()
  res.statusCode = 200
  for (const [name, value] of Object.entries({ ...headers, 'content-type': contentType }))
    res.setHeader(name, value)

  // A caller who goes away is an error to the pipeline, but none of the body.
  const next = async (): Promise<IteratorResult<string, unknown>> => {
    try {
      return await pieces.next()
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  async function* all(): AsyncGenerator<string, void> {
    try {
      for (let piece = first; piece.done !== true; piece = await next()) {
        yield piece.value
        // A fast caller and a body that never waits would keep everybody else waiting to the end.
        await setImmediate()
      }
    } finally {
      await pieces.return?.()
    }
  }

  // One piece ahead at most: how much memory a download takes is for its body to say.
  const source = Readable.from(all(), { highWaterMark: 1 })
  try {
    await pipeline(source, res)
  } catch (error) {
    if (failure !== undefined) throw error
  }
}
