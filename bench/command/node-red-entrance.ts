/**
 * What Express and Node-RED alone add to a hand-written server: its requests come in by `http in`, and are answered by `http
 * response`, with one node between them. The work is done before, so that nothing of it is Node-RED's.
 */
import type { EventEmitter } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import express, { type NextFunction, type Request, type RequestHandler } from 'express'

interface Runtime {
  init(server: Server, settings: object): void
  start(): Promise<void>
  readonly events: EventEmitter
  readonly httpNode: RequestHandler
}

export interface Answer {
  readonly status: number
  readonly body: object
}

type Handle = (
  request: Pick<IncomingMessage, 'headers'> & { readonly url: string; readonly body: Buffer },
) => Promise<Answer>

const node = (id: string, type: string, wires: readonly string[], config: object = {}): object => ({
  id,
  type,
  z: 'tab',
  wires: [wires],
  ...config,
})
const take = (to: string, from: string): object => ({ t: 'set', p: to, pt: 'msg', to: from, tot: 'msg' })
const flows = [
  { id: 'tab', type: 'tab' },
  node('in', 'http in', ['take'], { url: '/devices/:id/commands', method: 'post' }),
  node('take', 'change', ['out'], {
    rules: [take('payload', 'req.answer.body'), take('statusCode', 'req.answer.status')],
  }),
  node('out', 'http response', []),
]

/** @param userDir Node-RED's own, which is empty */
export async function nodeRedEntrance(handle: Handle, userDir: string): Promise<Server> {
  const red: Runtime = createRequire(import.meta.url)('node-red')
  await writeFile(path.join(userDir, 'flows.json'), JSON.stringify(flows))
  const app = express()
  const server = createServer(app)
  red.init(server, {
    userDir,
    flowFile: 'flows.json',
    disableEditor: true,
    httpAdminRoot: false,
    httpNodeRoot: '/',
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'off' } },
  })
  app.use(express.raw({ type: () => true }))
  const answered = async (request: Request & { answer?: Answer }, next: NextFunction): Promise<void> => {
    try {
      request.answer = await handle({ headers: request.headers, url: request.url, body: request.body })
      next()
    } catch (error) {
      next(error)
    }
  }
  app.get('/cpu', (_, response) => void response.json(process.cpuUsage()))
  app.use((request, _, next) => void answered(request, next))
  app.use(red.httpNode)
  const areFlowsRunning = new Promise((resolve) => red.events.once('flows:started', resolve))
  await red.start()
  await areFlowsRunning
  return server
}
