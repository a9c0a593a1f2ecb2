/**
 * A server of the same promises and nothing else, as one would write it for this alone, in one file and one database:
 *
 * - who calls is known by a signed token; what is asked for is checked before anything is sent;
 * - a command is on disk before anybody hears of it, with who asked for it in a chain of audit entries; so is each attempt
 *   before it is made, with its time and outcome, and the acknowledgment before the caller or the device hears of it;
 * - commands to one device go out in order, each when the one before is over; of several for one field the newest wins;
 * - three attempts; an answer counts once, a late one is noted;
 * - what becomes of a command is told, durably and in order, to whoever reads the events;
 * - the log can be asked for by device and time;
 * - what a device has measured is on disk before it is told that it has arrived.
 *
 * Prints its ports: `node hand-written.ts DIRECTORY [node-red]`, where `node-red` has its requests come in through Express
 * and a flow of Node-RED.
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Aedes } from 'aedes'
import { z } from 'zod'
import { type Answer, nodeRedEntrance } from './node-red-entrance.ts'

const bodySchema = z.strictObject({ action: z.literal('setFanSpeed'), value: z.int().min(0).max(5) })
const measuredSchema = z.object({ ts: z.iso.datetime() }).catchall(z.number())
const answerSchema = z.object({ commandId: z.string(), status: z.enum(['ok', 'error']) })
const claimsSchema = z.object({ sub: z.string(), exp: z.number() })
const attemptsSchema = z.array(z.object({ atMs: z.number(), outcome: z.string() }))
const rowSchema = z.object({
  id: z.string(),
  device: z.string(),
  action: z.string(),
  field: z.string(),
  value: z.number(),
  status: z.enum(['pending', 'sent', 'acknowledged', 'failed', 'timeout', 'cancelled']),
  attempts: z.string().transform((text) => attemptsSchema.parse(JSON.parse(text))),
})
type Row = z.output<typeof rowSchema>
const ackTimeoutMs = 30_000
const maxAttempts = 3

const secret = 'secret'
const [directory = '.', entrance] = process.argv.slice(2)
const database = new DatabaseSync(path.join(directory, 'commands.db'))
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE commands (id TEXT PRIMARY KEY, device TEXT, action TEXT, field TEXT, value INTEGER, source TEXT, caller TEXT,
    status TEXT, attempts TEXT, created INTEGER, ended INTEGER, error TEXT, response TEXT, late TEXT, due INTEGER);
  CREATE INDEX due ON commands (due) WHERE due IS NOT NULL;
  CREATE INDEX log ON commands (device, created);
  CREATE INDEX open ON commands (device, created) WHERE status IN ('pending', 'sent');
  CREATE TABLE readings (device TEXT, port TEXT, at INTEGER, value REAL, PRIMARY KEY (device, port, at)) WITHOUT ROWID;
  CREATE TABLE audit (seq INTEGER PRIMARY KEY, at INTEGER, entry TEXT, hash TEXT);
  CREATE TABLE events (seq INTEGER PRIMARY KEY, command TEXT, type TEXT, at INTEGER, data TEXT);`)
const insert = database.prepare(`INSERT INTO commands
  VALUES (?, ?, ?, ?, ?, 'api', ?, ?, ?, ?, NULL, NULL, NULL, NULL, ?)`)
const end = database.prepare(
  'UPDATE commands SET status = ?, attempts = ?, ended = ?, error = ?, response = ?, due = NULL WHERE id = ?',
)
const attempted = database.prepare(`UPDATE commands SET status = 'sent', attempts = ?, due = ? WHERE id = ?`)
const late = database.prepare('UPDATE commands SET late = ? WHERE id = ?')
const byId = database.prepare('SELECT * FROM commands WHERE id = ?')
const openOf = database.prepare(
  `SELECT * FROM commands WHERE device = ? AND status IN ('pending', 'sent') ORDER BY created, id`,
)
const due = database.prepare('SELECT * FROM commands WHERE due <= ?')
const audit = database.prepare('INSERT INTO audit (at, entry, hash) VALUES (?, ?, ?)')
const told = database.prepare('INSERT INTO events (command, type, at, data) VALUES (?, ?, ?, ?)')
const measured = database.prepare('INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?)')
let lastHash = ''

/** What comes in one turn of the event loop is one transaction; what a change gives is done once that is on disk. */
let waiting: (() => () => void)[] = []
function write(change: () => () => void): void {
  waiting.push(change)
  if (waiting.length > 1) return
  setImmediate(() => {
    const changes = waiting
    waiting = []
    database.exec('BEGIN')
    const after = changes.map((each) => each())
    database.exec('COMMIT')
    for (const each of after) each()
  })
}

const broker = await Aedes.createBroker()
const callers = new Map<string, (command: object) => void>()

function publish({ action, device, id, value }: Row): void {
  const payload = JSON.stringify({ commandId: id, action, value, ts: new Date().toISOString() })
  broker.publish(
    { cmd: 'publish', topic: `device/${device}/command`, payload, qos: 1, dup: false, retain: false },
    () => undefined,
  )
}

function tell(id: string, type: string, data: object): void {
  told.run(id, type, Date.now(), JSON.stringify(data))
}

const rowsOf = (found: readonly object[]): readonly Row[] => found.map((each) => rowSchema.parse(each))

/** In a transaction: an attempt is made once it is on disk. */
function attempt(row: Row): () => void {
  const nowMs = Date.now()
  const attempts = [...withOutcome(row, 'no-answer'), { atMs: nowMs, outcome: 'waiting' }]
  attempted.run(JSON.stringify(attempts), nowMs + ackTimeoutMs, row.id)
  tell(row.id, 'CommandSent', { attempt: attempts.length })
  return () => publish(row)
}

const withOutcome = ({ attempts }: Row, outcome: string): Row['attempts'] =>
  attempts.map((each) => (each.outcome === 'waiting' ? { ...each, outcome } : each))

/** In a transaction: whoever waits behind it goes next. */
function finish(row: Row, status: Row['status'], error: string | null, response: object | null): () => void {
  const attempts = withOutcome(row, status)
  end.run(
    status,
    JSON.stringify(attempts),
    Date.now(),
    error,
    response === null ? null : JSON.stringify(response),
    row.id,
  )
  tell(row.id, `Command ${status}`, { error, response })
  const [next] = rowsOf(openOf.all(row.device))
  const send = next?.status === 'pending' ? attempt(next) : undefined
  return () => {
    send?.()
    callers.get(row.id)?.({ ...row, attempts, status, error, response, commandId: row.id })
  }
}

function answer(device: string, payload: Buffer, done: () => void): void {
  const response = z.record(z.string(), z.json()).parse(JSON.parse(payload.toString()))
  const { commandId, status } = answerSchema.parse(response)
  write(() => {
    const [row] = rowsOf([byId.get(commandId) ?? []].flat())
    if (row === undefined || row.device !== device) return done
    if (row.status !== 'sent') {
      late.run(JSON.stringify([{ atMs: Date.now(), status }]), commandId)
      return done
    }
    const after = finish(row, status === 'ok' ? 'acknowledged' : 'failed', null, response)
    return () => {
      after()
      done()
    }
  })
}

function keep(device: string, payload: Buffer, done: () => void): void {
  const { ts, ...values } = measuredSchema.parse(JSON.parse(payload.toString()))
  const atMs = Date.parse(ts)
  write(() => {
    for (const [port, value] of Object.entries(values)) measured.run(device, port, atMs, value)
    return done
  })
}

// Before the device is told that it has arrived.
broker.authorizePublish = (_, { payload, topic }, done) => {
  const [, device, kind] = /^device\/([^/]+)\/(ack|data)$/.exec(topic) ?? []
  if (device === undefined) return done(new Error('not allowed'))
  if (kind === 'data') return keep(device, Buffer.from(payload), () => done(null))
  answer(device, Buffer.from(payload), () => done(null))
}
setInterval(() => {
  for (const row of rowsOf(due.all(Date.now())))
    write(() =>
      row.attempts.length >= maxAttempts ? finish(row, 'timeout', 'no answer', null) : attempt(row),
    )
}, 250)

function issue(caller: string, device: string, { action, value }: z.output<typeof bodySchema>): string {
  const id = randomUUID()
  write(() => {
    const nowMs = Date.now()
    const open = rowsOf(openOf.all(device))
    const row: Row = { id, device, action, field: 'fanSpeed', value, status: 'pending', attempts: [] }
    insert.run(id, device, action, row.field, value, caller, 'pending', '[]', nowMs, null)
    tell(id, 'CommandIssued', { device, action, value })
    const entry = JSON.stringify({
      at: nowMs,
      actor: caller,
      action: 'create',
      resource: `commands/${id}`,
      after: row,
    })
    lastHash = createHash('sha256').update(lastHash).update(entry).digest('hex')
    audit.run(nowMs, entry, lastHash)
    const before = open.filter(({ status }) => status === 'sent')
    const cancelled = open
      .filter(({ field, status }) => status === 'pending' && field === row.field)
      .map((each) => finish(each, 'cancelled', `superseded by ${id}`, null))
    const send = before.length === 0 ? attempt(row) : undefined
    return () => {
      for (const each of cancelled) each()
      send?.()
    }
  })
  return id
}

/** HS256, as `header.claims.signature`. */
function callerOf(authorization: string | undefined): string | undefined {
  const [header = '', claims = '', signature = ''] = authorization?.replace(/^Bearer /, '').split('.') ?? []
  const expected = createHmac('sha256', secret).update(`${header}.${claims}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const { exp, sub } = claimsSchema.parse(JSON.parse(Buffer.from(claims, 'base64url').toString()))
  return exp * 1000 > Date.now() ? sub : undefined
}

async function handle({
  body,
  headers,
  url,
}: Pick<IncomingMessage, 'headers'> & { readonly url: string; readonly body: Buffer }): Promise<Answer> {
  if (url === '/cpu') return { status: 200, body: process.cpuUsage() }
  const device = /^\/devices\/([^/]+)\/commands$/.exec(url)?.[1]
  const caller = callerOf(headers.authorization)
  if (caller === undefined) return { status: 401, body: {} }
  const asked = bodySchema.safeParse(JSON.parse(body.toString()))
  if (device === undefined || !asked.success) return { status: 422, body: {} }
  const id = issue(caller, device, asked.data)
  const command = await new Promise<object>((resolve) => void callers.set(id, resolve))
  callers.delete(id)
  return { status: 200, body: { command } }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

const portOf = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}
const http =
  entrance === 'node-red'
    ? await nodeRedEntrance(handle, directory)
    : createHttpServer((request, response) => {
        bodyOf(request)
          .then((body) => handle({ headers: request.headers, url: request.url ?? '', body }))
          .then(
            ({ body, status }) =>
              response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
            () => response.writeHead(500).end(),
          )
      })
console.log(`${await portOf(http)} ${await portOf(createServer(broker.handle))}`)
