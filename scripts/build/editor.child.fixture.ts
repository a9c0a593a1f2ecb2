/** Node-RED with its editor but without the platform, as a child process: there can be one per process. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import express from 'express'

interface Runtime {
  init(server: object, settings: object): void
  start(): Promise<void>
  stop(): Promise<void>
  readonly httpAdmin: express.Express
}

const [userDir = ''] = process.argv.slice(2)
const runtime = createRequire(import.meta.url)('node-red') as Runtime // oxlint-disable-line typescript/no-unsafe-type-assertion -- its own types say any
const app = express()
const server = createServer(app)
runtime.init(server, {
  userDir,
  lang: 'en-US',
  credentialSecret: 'only-in-this-test',
  logging: { console: { level: 'off' } },
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
  editorTheme: { tours: false, palette: { catalogues: [] } },
})
app.use(runtime.httpAdmin)

const stopAsked = once(process, 'message')
server.listen(0, '127.0.0.1')
await once(server, 'listening')
await runtime.start()
process.send?.(server.address())

await stopAsked
await runtime.stop()
server.close()
server.closeAllConnections()
process.disconnect()
