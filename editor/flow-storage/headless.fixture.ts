/** A headless Node-RED over `flowsDir` and `userDir` (arguments), as a child process: there can be one per process. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import express from 'express'
import { createFlowStorage } from './storage.ts'

interface Runtime {
  init(server: object, settings: object): void
  start(): Promise<void>
  stop(): Promise<void>
  readonly httpAdmin: express.Express
  readonly runtime: {
    readonly flows: { getNodeCredentials(options: { type: string; id: string }): Promise<object> }
  }
  readonly events: { once(event: string, listener: () => void): void }
}

const [flowsDir = '', userDir = ''] = process.argv.slice(2)
const credentialSecret = 'only-in-this-test'
const require = createRequire(import.meta.url)
const runtime: Runtime = require('node-red')

const app = express()
const server = createServer(app)
runtime.init(server, {
  userDir,
  lang: 'en-US',
  disableEditor: true,
  credentialSecret,
  logging: { console: { level: 'off' } },
  storageModule: createFlowStorage({
    flowsDir,
    userDir,
    credentialSecret,
    roles: new Set(),
    logger: { info: () => undefined },
  }),
})
// The editor's own route is not there without the editor.
app.get('/credentials/:type/:id', ({ params }, res, next) => {
  runtime.runtime.flows.getNodeCredentials(params).then((known) => res.json(known), next)
})
app.use(runtime.httpAdmin)

const flowsStarted = new Promise<void>((resolve) => {
  runtime.events.once('flows:started', resolve)
})
const listening = new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve)
})
const stopAsked = once(process, 'message')
await runtime.start()
await Promise.all([flowsStarted, listening])
process.send?.(server.address())

await stopAsked
await runtime.stop()
server.close()
server.closeAllConnections()
process.disconnect()
