/** A Node-RED of its own (there can be one in a process) behind our login, with four users. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import express, { type RequestHandler } from 'express'
import { createWorld } from '../../nodes/identity/sign-in/auth.fixture.ts'
import { roleCollection } from '../../nodes/identity/role.ts'
import { editorAuth } from './editor-auth.ts'
import { editorGate } from './editor-gate.ts'
import { loginPage } from '../../nodes/identity/sign-in/login-page.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { Allowances } from '../../nodes/platform/allowances.ts'
import type { AddressOf } from '../../nodes/platform/client-address.ts'
import { backRoom } from '../sockets/dashboard-door.ts'
import { editorComms, type RuntimeComms } from '../sockets/editor-comms.ts'
import { Upgrades } from '../../nodes/http/sockets/upgrades.ts'

interface NodeRed {
  init(server: object, settings: object): void
  start(): Promise<void>
  stop(): Promise<void>
  readonly httpAdmin: RequestHandler
  readonly runtime: { readonly comms: RuntimeComms }
}

const [userDir = ''] = process.argv.slice(2)
const RED: NodeRed = createRequire(import.meta.url)('node-red')

const world = await createWorld()
await world.addUser()
await world.addUser({ id: 'user-olga', email: 'olga@acme.example', role: 'operator', orgId: 'acme' })
await world.store
  .organization('acme')
  .collection(roleCollection)
  .insert({ id: 'watcher', name: 'Watcher', permissions: ['modules:flows:flows:read'] })
await world.addUser({ id: 'user-will', email: 'will@acme.example', role: 'watcher', orgId: 'acme' })
await world.addUser({ id: 'user-max', email: 'max@acme.example', role: 'member', orgId: 'acme' })

const { admissions, authenticator, sessions } = world.auth
const offences = new Allowances({ perSecond: Infinity })
const addressOf: AddressOf = ({ socket }) => socket.remoteAddress ?? ''
const app = express()
const server = createServer(app)
const upgrades = new Upgrades({ sessions, offences, addressOf })
upgrades.listen(server)
app.use(loginPage(sessions))
RED.init(backRoom(sessions, offences, addressOf).server, {
  userDir,
  httpAdminRoot: '/editor',
  lang: 'en-US',
  adminAuth: editorAuth(authenticator),
  logging: { console: { level: 'off' } },
  telemetry: { enabled: false },
  editorTheme: { tours: false },
})
app.use('/editor', editorGate(authenticator, sessions), RED.httpAdmin)
upgrades.open(
  '/editor/comms',
  editorComms({
    addressOf,
    offences,
    comms: RED.runtime.comms,
    auth: authenticator,
    admissions,
    log: silentLogger,
  }),
)
const stopAsked = once(process, 'message')
const listening = once(server, 'listening')
server.listen(0, '127.0.0.1')
await Promise.all([RED.start(), listening])
process.send?.(server.address())

await stopAsked
await RED.stop()
server.closeAllConnections()
server.close()
await world[Symbol.asyncDispose]()
process.disconnect()
