import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { type Hooks, installHooks } from '../nodes/platform/kit/hooks.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { NodePlatform } from '../nodes/platform/kit/node-platform.ts'
import type { RuntimeComms } from './sockets/editor-comms.ts'

/** The part of the embedded runtime that is used here; its own types say `any` throughout. */
interface NodeRed {
  init(server: Server, settings: object): void
  start(): Promise<void>
  stop(): Promise<void>
  readonly runtime: {
    readonly comms: RuntimeComms
    readonly flows: { setFlows(options: { deploymentType: 'reload'; flows: object }): Promise<unknown> }
  }
  readonly httpAdmin: RequestHandler
  readonly httpNode: RequestHandler
  readonly hooks: Hooks
  readonly events: {
    once(event: string, listener: (details: unknown) => void): void
    on(event: string, listener: (details: unknown) => void): void
  }
}

export interface NodeRedOptions {
  /** Hears only what has been let in: Node-RED and its nodes add their own listeners to it. */
  readonly server: Server
  readonly platform: NodePlatform
  readonly log: Logger
  readonly dataDir: string
  /** The package's folder: the Dashboard finds the widgets by its `package.json`. */
  readonly nodesDir: string
  readonly storage: object
  readonly credentialSecret: string
  readonly adminAuth: object
  /** Guards the dashboard's pages and sockets. */
  readonly dashboard: object
}

export interface EmbeddedNodeRed {
  readonly admin: RequestHandler
  readonly node: RequestHandler
  /** The editor's side of the runtime. */
  readonly comms: RuntimeComms
  /** Why no flow runs, after a deploy with a node type that is missing, say; undefined while they run. */
  trouble(): string | undefined
  /** Resolves when the flows run. @throws naming what keeps them from starting */
  start(): Promise<void>
  /** Loads the flows from the storage again and starts them. */
  reload(): Promise<void>
  stop(): Promise<void>
}

/** Nodes that reach past the platform's guards; flows that need them are for another installation. */
const excludedNodes = [
  '90-exec.js',
  '10-file.js',
  '23-watch.js',
  '31-tcpin.js',
  '32-udp.js',
  '05-tls.js',
  '06-httpproxy.js',
  '22-websocket.js',
]

/** The types of those nodes: the flow lint refuses them. */
export const excludedTypes: ReadonlySet<string> = new Set([
  'exec',
  'file',
  'file in',
  'watch',
  'tcp in',
  'tcp out',
  'tcp request',
  'udp in',
  'udp out',
  'tls-config',
  'http proxy',
  'websocket in',
  'websocket out',
  'websocket-listener',
  'websocket-client',
])

/** Ours first, in the order in which data meets them; what is not named follows. */
const paletteOrder = [
  'fleetloom_telemetry',
  'fleetloom_devices',
  'fleetloom_live',
  'fleetloom_http',
  'common',
  'function',
]

const startTimeoutMs = 30_000

export async function embedNodeRed(options: NodeRedOptions): Promise<EmbeddedNodeRed> {
  const { platform, log } = options
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the part of it that is used here, as pinned by its exact version
  const red = createRequire(import.meta.url)('node-red') as NodeRed
  const userDir = path.join(options.dataDir, 'node-red')
  await mkdir(userDir, { recursive: true })
  // Node-RED reads and rewrites it; without one it walks up into the project's own.
  await writeFile(path.join(userDir, 'package.json'), '{"name":"fleetloom-user-dir","private":true}\n', {
    flag: 'wx',
  }).catch(ignoreExisting)
  red.init(options.server, {
    userDir,
    nodesDir: [options.nodesDir],
    httpAdminRoot: '/editor',
    httpNodeRoot: '/',
    ui: { path: 'dashboard' },
    lang: 'en-US',
    storageModule: options.storage,
    adminAuth: options.adminAuth,
    dashboard: options.dashboard,
    nodesExcludes: excludedNodes,
    externalModules: {
      autoInstall: false,
      palette: { allowInstall: false, allowUpdate: false, allowUpload: false },
      modules: { allowInstall: false },
    },
    functionExternalModules: false,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: {
      page: { title: 'Fleetloom' },
      header: { title: 'Fleetloom' },
      palette: { catalogues: [], categories: paletteOrder },
      tours: false,
      projects: { enabled: false },
      codeEditor: { lib: 'ace' },
    },
    diagnostics: { enabled: false },
    runtimeState: { enabled: false },
    apiMaxLength: '5mb',
    credentialSecret: options.credentialSecret,
    logging: { fleetloom: { level: 'info', metrics: false, audit: true, handler: () => logHandler(log) } },
    fleetloom: platform,
  })
  installHooks(red, platform.deliveries, (type) => platform.nodeTypes.has(type))
  let trouble: string | undefined
  red.events.on('flows:started', () => (trouble = undefined))
  red.events.on('runtime-event', (event) => (trouble = troubleOf(event) ?? trouble))
  return {
    admin: red.httpAdmin,
    node: red.httpNode,
    comms: red.runtime.comms,
    trouble: () => trouble,
    async start() {
      const started = whenStarted(red)
      await red.start()
      await started
    },
    async reload() {
      await red.runtime.flows.setFlows({ deploymentType: 'reload', flows: {} })
    },
    stop: () => red.stop(),
  }
}

const runtimeTroubleSchema = z.object({
  id: z.literal('runtime-state'),
  payload: z.object({ error: z.string(), types: z.array(z.unknown()).default([]) }),
})

/** `start()` resolves even when a missing node type keeps every flow from running, so the event is awaited. */
function whenStarted(red: NodeRed): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the flows did not start in time')), startTimeoutMs)
    red.events.once('flows:started', () => {
      clearTimeout(timer)
      resolve()
    })
    red.events.on('runtime-event', (event) => {
      const trouble = troubleOf(event)
      if (trouble === undefined) return
      clearTimeout(timer)
      reject(new Error(`the flows cannot start: ${trouble}`))
    })
  })
}

function troubleOf(event: unknown): string | undefined {
  const trouble = runtimeTroubleSchema.safeParse(event)
  if (!trouble.success) return undefined
  const { error, types } = trouble.data.payload
  const named = types.map((type) => JSON.stringify(type)).join(', ')
  return `${error}${named === '' ? '' : ` (${named})`}`
}

interface RedLogLine {
  readonly level: number
  readonly msg?: unknown
  readonly event?: string
  readonly type?: string
  readonly name?: string
  readonly id?: string
  readonly user?: { readonly username?: string }
  readonly ip?: string
}

/** Node-RED's levels are 10 fatal, 20 error, 30 warn, 40 info, 50 debug, 60 trace, 98 audit. */
function logHandler(log: Logger): (line: RedLogLine) => void {
  const editor = log.child({ part: 'node-red' })
  return ({ level, msg, event, type, name, id, user, ip }) => {
    const fields = {
      ...(type === undefined ? {} : { node: { type, name, id } }),
      ...(user?.username === undefined ? {} : { user: user.username }),
      ...(ip === undefined ? {} : { address: ip }),
    }
    const text =
      msg instanceof Error ? msg.message : typeof msg === 'string' ? msg : (event ?? JSON.stringify(msg))
    if (level <= 20) editor.error(fields, text)
    else if (level === 30) editor.warn(fields, text)
    else if (level === 98 && event?.endsWith('.set') === true) editor.info({ ...fields, event }, 'audit')
    else if (level === 40) editor.info(fields, text)
    else editor.debug(fields, text)
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}
