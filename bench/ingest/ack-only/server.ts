/**
 * Acknowledges whatever arrives and does nothing else: what the load generator can do at most, to show that it is not
 * what limits the others.
 */
import { Buffer } from 'node:buffer'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { exit } from 'node:process'

let messages = 0

/** Where the packet that starts at `at` ends, and where its body starts; undefined while its head is not all there. */
function frame(chunk: Buffer, at: number): { body: number; end: number } | undefined {
  let length = 0
  for (let byte = 1, scale = 1; byte <= 4; byte++, scale *= 128) {
    const value = chunk[at + byte]
    if (value === undefined) return undefined
    length += (value & 127) * scale
    if (value < 128) return { body: at + byte + 1, end: at + byte + 1 + length }
  }
  throw new Error('a length of more than four bytes')
}

function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (data: Buffer) => {
    const chunk = rest.length === 0 ? data : Buffer.concat([rest, data])
    const acks = Buffer.allocUnsafe(chunk.length)
    let end = 0
    let at = 0
    for (;;) {
      const packet = at < chunk.length ? frame(chunk, at) : undefined
      if (packet === undefined || packet.end > chunk.length) break
      const type = (chunk[at] ?? 0) >> 4
      if (type === 1) end += acks.write('\u0020\u0002\u0000\u0000', end, 'latin1')
      else if (type === 3) {
        const id = packet.body + 2 + chunk.readUInt16BE(packet.body)
        acks[end++] = 0x40
        acks[end++] = 2
        acks[end++] = chunk[id] ?? 0
        acks[end++] = chunk[id + 1] ?? 0
        messages++
      }
      at = packet.end
    }
    rest = chunk.subarray(at)
    if (end > 0) socket.write(acks.subarray(0, end))
  })
}

const http = createHttpServer((_request, response) => {
  const cpu = process.cpuUsage()
  response.end(
    JSON.stringify({
      storedReadings: messages * 2,
      ageBuckets: { count: [] },
      rssBytes: process.memoryUsage.rss(),
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
    }),
  )
})

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, resolve)
  await promise
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const mqttPort = await listen(createServer({ noDelay: true }, serve))
const httpPort = await listen(http)
console.log(JSON.stringify({ ready: true, mqttPort, httpPort }))
process.once('SIGTERM', () => exit(0))
