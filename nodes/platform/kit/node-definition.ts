import type { z } from 'zod'
import type { Needed, Needs } from './domain/need.ts'
import type { HttpRoute } from './http-route.ts'
import type { MessageType } from './message-type.ts'
import type { ConfigSpec } from './node-config.ts'
import type { PagePlace } from './page-place.ts'
import type { StatusLine } from './status.ts'

export interface OutputPort<T> {
  /** Shown when hovering over the port. */
  readonly label: string
  readonly message: MessageType<T>
  /** What it sends is a message of its own, not the one that came in: no request goes on this way. */
  readonly isOwn?: true
}

/** One array of items for each output port, in order; an empty array or undefined sends nothing there. */
export type Outputs = readonly (readonly unknown[] | undefined)[]

/** The Node-RED message around a batch, for nodes that need more of it than its payload (HTTP, deliveries). */
export interface Envelope {
  readonly [property: string]: unknown
  _msgid?: string
  payload?: unknown
  topic?: string
}

export interface NodeContext<C, N extends Needs = Needs> {
  readonly config: C
  /** What the node says that it needs. @throws MissingPlatform when this Node-RED was not started by Fleetloom. */
  readonly needed: Needed<N>
  readonly nodeId: string
  readonly name: string
  /** For source nodes: sends a message of their own; `extra` is put beside the payload. */
  readonly emit: (outputs: Outputs, extra?: Readonly<Record<string, unknown>>) => void
  /** Replaces the automatic status line; undefined brings it back. */
  readonly status: (line: StatusLine | undefined) => void
  /** Something is wrong outside a message: shown in status and log, offered to catch nodes. */
  readonly fault: (error: Error) => void
  /**
   * Requests of this route come to `process`, with `req` and `res` on the message, until the node closes. Their bodies
   * are read by what stands before all routes, with its limits.
   */
  readonly serveHttp: (route: HttpRoute) => void
  /** For widgets: puts the node on a page of the Dashboard; absent outside Node-RED. @throws when it cannot stand there */
  readonly takePlace?: (place: PagePlace) => void
}

export interface NodeInstance<I> {
  /**
   * Handles a batch (a single message is a batch of one) and returns what goes out. Throwing refuses the message:
   * `Unavailable` asks for it again later, anything else goes to catch nodes.
   */
  readonly process?: (items: readonly I[], envelope: Envelope) => Outputs | Promise<Outputs>
  /** Called on deploy and stop, `isRemoved` when the node was taken out of the flows; what it returns is awaited. */
  readonly close?: (isRemoved: boolean) => void | Promise<void>
  /** What the automatic status line says besides its counts: `3 refused`, say. */
  readonly remark?: () => string | undefined
}

/** Everything there is to a node; {@link defineNode} makes a Node-RED node of it, the build its editor side. */
export interface NodeDefinition<S extends z.ZodObject, I, N extends Needs = Needs> {
  readonly type: string
  /** The palette group; `palette.json` in the folder of the domain of this name gives its heading and colour. */
  readonly category: string
  /** Font Awesome 4 name, such as `font-awesome/fa-filter`. */
  readonly icon: string
  readonly config: ConfigSpec<S>
  /** Services that it gets as `needed`. */
  readonly needs?: N
  /** The property after which metrics call a node that has no name; else they take its id. */
  readonly namedBy?: keyof z.input<S> & string
  /** Absent for nodes that only send. */
  readonly input?: MessageType<I>
  readonly outputs: readonly OutputPort<unknown>[]
  /** Tags or ids of the operations that the node carries out, or begins with. */
  readonly serves?: readonly string[]
  readonly start: (context: NodeContext<z.output<S>, N>) => NodeInstance<I>
}
