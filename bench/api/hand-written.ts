/**
 * The same read as one would write it for this alone: express, the token checked, the sign-in, its user and the device looked
 * up in SQLite at each request. `node hand-written.ts FILE` takes the secret and the people, and prints its port.
 */
import { createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import express from 'express'
import { jwtVerify } from 'jose'
import { z } from 'zod'

const { people, secret } = z
  .object({
    secret: z.string(),
    people: z.array(z.object({ userId: z.string(), signInId: z.string(), orgId: z.string() })),
  })
  .parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')))
const key = createSecretKey(secret, 'utf8')

const database = new DatabaseSync(':memory:')
database.exec(`CREATE TABLE sign_ins (id TEXT PRIMARY KEY, user TEXT, expires INTEGER);
  CREATE TABLE users (id TEXT PRIMARY KEY, org TEXT, role TEXT, enabled INTEGER);
  CREATE TABLE devices (org TEXT, id TEXT, body TEXT, PRIMARY KEY (org, id));`)
for (const { orgId, signInId, userId } of people) {
  database.prepare('INSERT INTO sign_ins VALUES (?, ?, ?)').run(signInId, userId, Date.now() + 86_400_000)
  database.prepare('INSERT INTO users VALUES (?, ?, ?, 1)').run(userId, orgId, 'operator')
  const body = JSON.stringify({ id: `${orgId}-1`, classKey: 'port-monitor', name: 'Bench', tags: [], orgId })
  database.prepare('INSERT OR IGNORE INTO devices VALUES (?, ?, ?)').run(orgId, `${orgId}-1`, body)
}
const signInOf = database.prepare('SELECT user FROM sign_ins WHERE id = ? AND expires > ?')
const userOf = database.prepare('SELECT org, role FROM users WHERE id = ? AND enabled = 1')
const deviceOf = database.prepare('SELECT body FROM devices WHERE org = ? AND id = ?')
const mayRead = new Set(['platform-admin', 'company-admin', 'org-admin', 'operator'])

const app = express()
app.get('/cpu', (_, response) => void response.json(process.cpuUsage()))
async function answer(
  request: express.Request<{ id: string }>,
  response: express.Response,
): Promise<unknown> {
  const token = /^Bearer (\S+)$/.exec(request.header('authorization') ?? '')?.[1] ?? ''
  const expected = { algorithms: ['HS256'], issuer: 'fleetloom', audience: 'fleetloom-api' }
  const { payload } = await jwtVerify(token, key, expected)
  const signIn = signInOf.get(String(payload['sid']), Date.now())
  const user = signIn === undefined ? undefined : userOf.get(String(signIn['user']))
  if (user === undefined) return response.status(401).end()
  if (!mayRead.has(String(user['role']))) return response.status(403).end()
  const device = deviceOf.get(String(user['org']), request.params.id)
  return device === undefined ? response.status(404).end() : response.json(JSON.parse(String(device['body'])))
}
app.get('/api/v1/devices/:id', (request, response) => {
  answer(request, response).catch(() => response.status(401).end())
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
console.log(typeof address === 'object' ? address?.port : '')
