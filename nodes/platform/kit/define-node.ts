import { randomUUID } from 'node:crypto'
import type { NodeAPI, Node, NodeDef, NodeMessageInFlow } from 'node-red'
import type { z } from 'zod'
import { deliveryProperty } from './delivery.ts'
import type { Needed, Needs } from './domain/need.ts'
import { checkAtTheDoor } from './door.ts'
import { type HttpRoute, serveRoute } from './http-route.ts'
import { readConfig } from './node-config.ts'
import { type NodePlatform, platformOf } from './node-platform.ts'
import type { Envelope, NodeContext, NodeDefinition, NodeInstance, Outputs } from './node-definition.ts'
import { takePlace } from './page-place.ts'
import { asError, presentable } from './presentable.ts'
import { type NodeCounters, type StatusLine, statusLength, statusOf } from './status.ts'
import { showEachSecond, statusIntervalMs } from './status-ticker.ts'
import { trust } from './trust.ts'
import { Unavailable } from './unavailable.ts'

export class MissingPlatform extends Error {
  override readonly name = 'MissingPlatform'
}

/** What a node module exports: Node-RED calls it with its API; the build and the flow lint read the definition. */
export interface NodeModule<S extends z.ZodObject = z.ZodObject, I = unknown, N extends Needs = Needs> {
  (red: NodeAPI): void
  readonly definition: NodeDefinition<S, I, N>
}

/** Makes a Node-RED node of a definition. */
export function defineNode<S extends z.ZodObject, I, const N extends Needs = Needs>(
  definition: NodeDefinition<S, I, N>,
): NodeModule<S, I, N> {
  const register = (red: NodeAPI): void => {
    function construct(this: Node, stored: NodeDef): void {
      red.nodes.createNode(this, stored)
      new RunningNode(this, definition, stored, platformOf(red), red).start()
    }
    red.nodes.registerType(definition.type, construct)
  }
  return Object.assign(register, { definition })
}

function nameIn(stored: Readonly<Record<string, unknown>>, property: string | undefined): string {
  const name = property === undefined ? undefined : stored[property]
  return typeof name === 'string' ? name : ''
}

type Send = (message: Envelope | (Envelope | null)[]) => void
type Done = (error?: Error) => void

class RunningNode<S extends z.ZodObject, I, N extends Needs> {
  readonly #node: Node
  readonly #definition: NodeDefinition<S, I, N>
  readonly #stored: NodeDef
  readonly #platform: NodePlatform | undefined
  readonly #counters: NodeCounters
  readonly #red: NodeAPI
  readonly #stopServing: (() => void)[] = []
  #instance: NodeInstance<I> = {}
  #fault: string | undefined
  #ownStatus: StatusLine | undefined
  #shownStatus = ''
  #receivedAtLastStatus = 0

  constructor(
    node: Node,
    definition: NodeDefinition<S, I, N>,
    stored: NodeDef,
    platform: NodePlatform | undefined,
    red: NodeAPI,
  ) {
    this.#node = node
    this.#definition = definition
    this.#stored = stored
    this.#platform = platform
    this.#red = red
    this.#counters = {
      type: definition.type,
      name: stored.name || nameIn({ ...stored }, definition.namedBy) || stored.id,
      received: 0,
      sent: 0,
      failed: 0,
    }
  }

  start(): void {
    const node = this.#node
    try {
      const config = readConfig(this.#definition.config, { ...this.#stored })
      this.#instance = this.#definition.start(this.#context(config))
    } catch (error) {
      node.status({ fill: 'red', shape: 'ring', text: presentable(error, statusLength) })
      node.error(asError(error).message)
      // Without an instance every message must still be answered: refused, so that a stream keeps it.
      this.#instance = { process: () => Promise.reject(new Unavailable(asError(error).message)) }
    }
    if (this.#instance.process !== undefined) {
      const process = this.#instance.process
      node.on('input', (message, send, done) => this.#receive(process, message, send, done))
    }
    const unregister = this.#platform?.metrics.registerNode(this.#counters)
    const endShowing = showEachSecond(() => this.#showStatus())
    node.on('close', (isRemoved: boolean, done: () => void) => {
      endShowing()
      unregister?.()
      for (const stop of this.#stopServing) stop()
      void Promise.resolve(this.#instance.close?.(isRemoved))
        .catch((error: unknown) => node.error(asError(error).message))
        .finally(done)
    })
  }

  #context(config: z.output<S>): NodeContext<z.output<S>, N> {
    const platform = this.#platform
    const needs = this.#definition.needs
    const { id, name } = this.#node
    return {
      config,
      get needed(): Needed<N> {
        if (platform === undefined) throw new MissingPlatform('this node needs the Fleetloom runtime')
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a node that names no needs is promised none
        return platform.domains.supply(needs ?? ({} as N))
      },
      nodeId: id,
      name: name ?? id,
      // Named here, since Node-RED's own way to an id costs more than the rest of sending.
      emit: (outputs, extra) =>
        this.#send((message) => this.#node.send(message), outputs, { _msgid: randomUUID(), ...extra }, false),
      status: (line) => {
        this.#ownStatus = line
        this.#showStatus()
      },
      fault: (error) => this.#declareFault(error),
      serveHttp: (route) => this.#serveHttp(route),
      takePlace: (place) => takePlace(this.#red, this.#node, place),
    }
  }

  #declareFault(error: Error): void {
    this.#counters.failed += 1
    this.#fault = error.message
    this.#node.error(error.message)
  }

  /** Received by the node itself, so that Node-RED's hooks and catch nodes know them like any other message. */
  #serveHttp(route: HttpRoute): void {
    const { isShadowed, stop } = serveRoute(this.#red.httpNode, route, (message) => {
      this.#counters.received += 1
      this.#node.receive({ ...message })
    })
    this.#stopServing.push(stop)
    if (isShadowed)
      this.#declareFault(new Error('another node serves this route already and gets its requests'))
  }

  #receive(
    process: NonNullable<NodeInstance<I>['process']>,
    message: NodeMessageInFlow,
    send: Send,
    done: Done,
  ): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a message may carry any property besides; Node-RED's type says so less plainly
    const envelope = message as unknown as Envelope
    // Sources without a declared input take what comes (a tick, say) as a trigger.
    const type = this.#definition.input
    const checked =
      type === undefined
        ? ({ kind: 'batch', items: [], wasSingle: true } as const)
        : checkAtTheDoor(envelope.payload, type)
    if (checked.kind === 'refused') return this.#fail(checked.error, envelope, done)
    this.#counters.received += checked.items.length
    const finish = (outputs: Outputs): void => {
      this.#fault = undefined
      this.#send(send, outputs, envelope, checked.wasSingle)
      done()
    }
    try {
      const result = process(checked.items, envelope)
      if (result instanceof Promise)
        result.then(finish).catch((error: unknown) => this.#fail(error, envelope, done))
      else finish(result)
    } catch (error) {
      this.#fail(error, envelope, done)
    }
  }

  #fail(thrown: unknown, envelope: Envelope, done: Done): void {
    const error = asError(thrown)
    this.#counters.failed += 1
    this.#fault = error.message
    if (error instanceof Unavailable)
      this.#platform?.deliveries.unavailable(envelope[deliveryProperty], error)
    done(error)
  }

  /** Each output on its own: only the first receiver of one send gets the message itself, the others a deep clone. */
  #send(send: Send, outputs: Outputs, envelope: Envelope, asSingle: boolean): void {
    const ports = this.#definition.outputs
    let isFirst = true
    for (let port = 0; port < outputs.length; port++) {
      const items = outputs[port]
      const type = ports[port]?.message
      if (items === undefined || items.length === 0 || type === undefined) continue
      const payload = asSingle && items.length === 1 ? items[0] : items
      if (this.#platform !== undefined) trust(payload, type)
      this.#counters.sent += items.length
      const message = isFirst ? Object.assign(envelope, { payload }) : { ...envelope, payload }
      isFirst = false
      send(port === 0 ? message : [...ports.slice(0, port).map(() => null), message])
    }
  }

  #showStatus(): void {
    const line =
      this.#ownStatus ??
      statusOf(
        this.#counters,
        this.#receivedAtLastStatus,
        statusIntervalMs,
        this.#fault,
        this.#instance.remark?.(),
      )
    this.#receivedAtLastStatus = this.#counters.received
    const key = `${line.fill}${line.shape}${line.text}`
    if (key === this.#shownStatus) return
    this.#shownStatus = key
    this.#node.status(line)
  }
}
