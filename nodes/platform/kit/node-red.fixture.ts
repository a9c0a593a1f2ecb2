/** A real Node-RED in this process, with the built package: there can be one per process, and so per test file. */
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RequestHandler } from 'express'
import { DeliveryTracker } from './delivery.ts'
import type { FlowEvents, Hooks, installHooks } from './hooks.ts'

export interface Message {
  readonly payload?: unknown
  readonly [property: string]: unknown
}

interface TestNode {
  readonly id: string
  on(event: 'input', listener: (message: Message, send: unknown, done: () => void) => void): void
}

interface Runtime {
  init(server: Server, settings: object): void
  start(): Promise<void>
  stop(): Promise<void>
  readonly hooks: Hooks
  readonly events: FlowEvents & EventEmitter
  readonly nodes: {
    registerType(nodeSet: string, type: string, construct: (this: TestNode, stored: object) => void): void
    createNode(node: TestNode, stored: object): void
    getNode(id: string): { receive(message: object): void } | null
  }
  readonly httpNode: RequestHandler
  readonly runtime: { readonly flows: { setFlows(request: object): Promise<unknown> } }
}

export interface FlowNode {
  readonly id: string
  readonly type: string
  readonly [property: string]: unknown
}

export interface NodeStatus {
  readonly fill?: string
  readonly shape?: string
  readonly text?: string
}

export interface NodeRedUnderTest extends AsyncDisposable {
  readonly deliveries: DeliveryTracker
  /** Where nodes serve HTTP. */
  readonly http: RequestHandler
  /** Replaces all nodes by these, on one tab; resolves when they run. `sink` keeps what it gets. */
  deploy(...nodes: readonly FlowNode[]): Promise<void>
  /** As {@link deploy}, but what is the same as before goes on running. */
  deployChanges(...nodes: readonly FlowNode[]): Promise<void>
  send(nodeId: string, message: object): void
  /** The oldest message that this sink got and that was not asked for yet. */
  received(sinkId: string): Promise<Message>
  /** How many messages this sink holds. */
  waiting(sinkId: string): number
  /** The line under a node as it was shown last. */
  statusOf(nodeId: string): NodeStatus | undefined
}

/** @param services what nodes need, by the names of the kit and the ids of domains; `deliveries` is added */
export async function openNodeRed(services: Readonly<Record<string, unknown>>): Promise<NodeRedUnderTest> {
  const require = createRequire(import.meta.url)
  const red: Runtime = require('node-red')
  // The instance that the nodes have, and not the one that the test runner makes for itself: they share what is trusted.
  const hooks: { readonly installHooks: typeof installHooks } = require('./hooks.ts')
  const userDir = await mkdtemp(path.join(tmpdir(), 'fleetloom-node-red-'))
  const deliveries = new DeliveryTracker()
  red.init(createServer(), {
    userDir,
    disableEditor: true,
    httpAdminRoot: false,
    httpNodeRoot: '/',
    lang: 'en-US',
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'off' } },
    storageModule: memoryStorage(),
    fleetloom: { ...services, deliveries, domains: supplying({ ...services, deliveries }) },
  })
  hooks.installHooks(red, deliveries, (type) => type === 'calibrate' || type === 'decode')
  const inboxes = new Map<string, Message[]>()
  const statuses = new Map<string, NodeStatus>()
  const arrivals = new EventEmitter()
  red.events.on('node-status', ({ id, status }: { readonly id: string; readonly status: NodeStatus }) => {
    statuses.set(id, status)
  })
  const started = once(red.events, 'flows:started')
  await red.start()
  await started
  red.nodes.registerType('fleetloom-test', 'sink', function construct(stored) {
    red.nodes.createNode(this, stored)
    const { id } = this
    this.on('input', (message, _, done) => {
      inboxes.get(id)?.push(message)
      arrivals.emit(id)
      done()
    })
  })
  const deploy = async (nodes: readonly FlowNode[], deploymentType: 'full' | 'nodes'): Promise<void> => {
    for (const { id, type } of nodes) if (type === 'sink') inboxes.set(id, [])
    const running = once(red.events, 'flows:started')
    // Without a place in the editor it would be taken for a configuration node.
    const placed = nodes.map((node) => Object.assign({ x: 0, y: 0, z: 'tab', wires: [] }, node))
    const flows = [{ id: 'tab', type: 'tab' }, ...placed]
    await red.runtime.flows.setFlows({ flows: { flows }, deploymentType })
    await running
  }
  return {
    deliveries,
    http: red.httpNode,
    deploy: (...nodes) => deploy(nodes, 'full'),
    deployChanges: (...nodes) => deploy(nodes, 'nodes'),
    send(nodeId, message) {
      const node = red.nodes.getNode(nodeId)
      if (node === null) throw new Error(`there is no node ${nodeId}`)
      node.receive(message)
    },
    async received(sinkId) {
      const inbox = inboxes.get(sinkId) ?? []
      if (inbox.length === 0) await once(arrivals, sinkId)
      return inbox.shift() ?? {}
    },
    waiting: (sinkId) => inboxes.get(sinkId)?.length ?? 0,
    statusOf: (nodeId) => statuses.get(nodeId),
    async [Symbol.asyncDispose]() {
      await red.stop()
      await rm(userDir, { recursive: true, force: true })
    },
  }
}

/** What names a need: a service of the kit, a domain, or what is handed in. */
interface NeedName {
  readonly key?: string
  readonly id?: string
  readonly name?: string
}

function supplying(services: Readonly<Record<string, unknown>>): object {
  const self = {
    supply: (needs: Readonly<Record<string, NeedName>>) =>
      Object.fromEntries(
        Object.entries(needs).map(([as, { id, key, name }]) => [as, all[key ?? id ?? name ?? '']]),
      ),
  }
  const all: Readonly<Record<string, unknown>> = { ...services, supplier: self }
  return self
}

/** `Unavailable` as the nodes know it: the test runner has a class of its own. */
export function unavailableToNodes(message: string): Error {
  const loaded: { readonly Unavailable: new (message: string) => Error } = createRequire(import.meta.url)(
    './unavailable.ts',
  )
  return new loaded.Unavailable(message)
}

const memoryStorage = (): object => {
  const nothing = async (): Promise<object> => ({})
  const list = async (): Promise<object> => []
  return {
    init: nothing,
    getFlows: list,
    saveFlows: nothing,
    getCredentials: nothing,
    saveCredentials: nothing,
    getSettings: nothing,
    saveSettings: nothing,
    getSessions: nothing,
    saveSessions: nothing,
    getLibraryEntry: list,
    saveLibraryEntry: nothing,
  }
}
