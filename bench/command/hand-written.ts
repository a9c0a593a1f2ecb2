/**
 * A server of the same promises and nothing else, as one would write it for this alone: a command is on disk before anybody
 * hears of it, so is each attempt before it is made, and the acknowledgment before the caller does; three attempts. Prints
 * its ports: `node hand-written.ts DIRECTORY`.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Aedes } from 'aedes'
import { z } from 'zod'

const bodySchema = z.strictObject({ action: z.literal('setFanSpeed'), value: z.int().min(0).max(5) })
const answerSchema = z.object({ commandId: z.string(), status: z.enum(['ok', 'error']) })
const ackTimeoutMs = 30_000
const maxAttempts = 3

const [directory = '.'] = process.argv.slice(2)
const database = new DatabaseSync(path.join(directory, 'commands.db'))
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE commands (id TEXT PRIMARY KEY, device TEXT, action TEXT, value INTEGER, status TEXT, attempts INTEGER, due INTEGER);
  CREATE INDEX due ON commands (due) WHERE due IS NOT NULL;`)
const insert = database.prepare(`INSERT INTO commands VALUES (?, ?, ?, ?, 'sent', 1, ?)`)
const end = database.prepare(`UPDATE commands SET status = ?, due = NULL WHERE id = ? AND due IS NOT NULL`)
const again = database.prepare('UPDATE commands SET attempts = attempts + 1, due = ? WHERE id = ?')
const due = database.prepare('SELECT * FROM commands WHERE due <= ?')

/** What comes in one turn of the event loop is one transaction. */
let waiting: (() => (() => void) | undefined)[] = []
function write(change: () => (() => void) | undefined): void {
  waiting.push(change)
  if (waiting.length > 1) return
  setImmediate(() => {
    const changes = waiting
    waiting = []
    database.exec('BEGIN')
    const after = changes.map((each) => each())
    database.exec('COMMIT')
    for (const each of after) each?.()
  })
}

const broker = await Aedes.createBroker()
const callers = new Map<string, (status: string) => void>()

function publish(id: string, device: string, action: string, value: unknown): void {
  const payload = JSON.stringify({ commandId: id, action, value, ts: new Date().toISOString() })
  broker.publish(
    { cmd: 'publish', topic: `device/${device}/command`, payload, qos: 1, dup: false, retain: false },
    () => undefined,
  )
}

function ended(id: string, status: string): void {
  write(() => {
    const { changes } = end.run(status, id)
    return changes === 0 ? undefined : () => callers.get(id)?.(status)
  })
}

broker.on('publish', ({ payload, topic }) => {
  if (!topic.endsWith('/ack')) return
  const { commandId, status } = answerSchema.parse(JSON.parse(payload.toString()))
  ended(commandId, status === 'ok' ? 'acknowledged' : 'failed')
})
setInterval(() => {
  for (const row of due.all(Date.now())) {
    const [id, attempts] = [String(row['id']), Number(row['attempts'])]
    if (attempts >= maxAttempts) ended(id, 'timeout')
    else
      write(() => {
        again.run(Date.now() + ackTimeoutMs, id)
        return () => publish(id, String(row['device']), String(row['action']), row['value'])
      })
  }
}, 250)

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  if (request.url === '/cpu') return reply(200, process.cpuUsage())
  const device = /^\/devices\/([^/]+)\/commands$/.exec(request.url ?? '')?.[1]
  if (request.headers.authorization !== 'Bearer secret') return reply(401, {})
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const body = bodySchema.safeParse(JSON.parse(Buffer.concat(chunks).toString()))
  if (device === undefined || !body.success) return reply(422, {})
  const { action, value } = body.data
  const id = randomUUID()
  const outcome = new Promise<string>((resolve) => void callers.set(id, resolve))
  write(() => {
    insert.run(id, device, action, value, Date.now() + ackTimeoutMs)
    return () => publish(id, device, action, value)
  })
  const status = await outcome
  callers.delete(id)
  return reply(200, { command: { commandId: id, status } })
}

const portOf = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}
const http = createHttpServer((request, response) => {
  handle(request, response).catch(() => response.writeHead(500).end())
})
console.log(`${await portOf(http)} ${await portOf(createServer(broker.handle))}`)
