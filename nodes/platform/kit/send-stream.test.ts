import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { sendStream } from './send-stream.ts'

interface Seen {
  pieces: number
  isClosed: boolean
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Serves the body of each request by `sendStream`; gives the answer, and what `sendStream` came to. */
async function ask(body: AsyncIterable<string>): Promise<{
  readonly answer: IncomingMessage
  readonly sent: Promise<string>
}> {
  const sent = Promise.withResolvers<string>()
  const serving = createServer((_request, response) => {
    const headers = { 'content-disposition': 'attachment' }
    sendStream(response, { contentType: 'text/csv', headers, body }).then(
      () => sent.resolve('sent'),
      (error: unknown) => {
        sent.resolve(String(error))
        if (!response.headersSent) response.writeHead(503).end()
      },
    )
  })
  server = serving
  serving.listen(0, '127.0.0.1')
  await once(serving, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server on a TCP port
  const { port } = serving.address() as AddressInfo
  const answer = Promise.withResolvers<IncomingMessage>()
  get({ port, host: '127.0.0.1' }, answer.resolve).on('error', () => undefined)
  return { answer: await answer.promise, sent: sent.promise }
}

async function* counted(seen: Seen, count: number, piece: string): AsyncGenerator<string, void> {
  try {
    for (; seen.pieces < count; seen.pieces++) yield piece
  } finally {
    seen.isClosed = true
  }
}

async function* failingAfter(count: number): AsyncGenerator<string, void> {
  for (let i = 0; i < count; i++) yield 'row\n'
  throw new Error('no store')
}

const textOf = async (answer: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return text
}

describe('a streamed body', () => {
  test('arrives whole, with its headers', async () => {
    const { answer, sent } = await ask(counted({ pieces: 0, isClosed: false }, 3, 'row\n'))
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({ 'content-type': 'text/csv', 'content-disposition': 'attachment' })
    expect(await textOf(answer)).toBe('row\nrow\nrow\n')
    expect(await sent).toBe('sent')
  })

  test('may be empty', async () => {
    const { answer, sent } = await ask(counted({ pieces: 0, isClosed: false }, 0, ''))
    expect([answer.statusCode, await textOf(answer), await sent]).toEqual([200, '', 'sent'])
  })

  test('is made no faster than it is taken, and closed when nobody takes it any more', async () => {
    const seen = { pieces: 0, isClosed: false }
    const { answer, sent } = await ask(counted(seen, 10_000, 'x'.repeat(100_000)))
    await once(answer, 'readable')
    // 1 GB if it were not held back; the sockets' own buffers hold some megabytes.
    expect(seen.pieces).toBeLessThan(500)
    expect(seen.isClosed).toBe(false)
    answer.destroy()
    expect(await sent).toBe('sent')
    expect(seen.isClosed).toBe(true)
    expect(seen.pieces).toBeLessThan(500)
  })

  test('lets others work between its pieces, however fast it is', async () => {
    let turns = 0
    const count = (): void => {
      turns++
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    const { answer, sent } = await ask(counted({ pieces: 0, isClosed: false }, 500, 'row\n'))
    const text = textOf(answer)
    expect([await sent, (await text).length]).toEqual(['sent', 2000])
    clearImmediate(timer)
    expect(turns).toBeGreaterThan(400)
  })

  test('that fails at once leaves the answer to the caller', async () => {
    const { answer, sent } = await ask(failingAfter(0))
    expect([await sent, answer.statusCode]).toEqual(['Error: no store', 503])
  })

  test('that fails later is cut off, so that it does not look complete', async () => {
    const { answer, sent } = await ask(failingAfter(1))
    await expect(textOf(answer)).rejects.toThrow('aborted')
    expect(await sent).toBe('Error: no store')
  })
})
