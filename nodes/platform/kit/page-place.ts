import type { IncomingHttpHeaders } from 'node:http'
import type { Node, NodeAPI } from 'node-red'

/** A browser that has the page open. */
export interface PageClient {
  /** As the Dashboard has it on messages (`_client`); whom it sends an answer to. */
  readonly socketId: string
  /** Of the request that opened its socket: they say who it is, to whoever can read them. */
  readonly headers: IncomingHttpHeaders
}

/** A widget of Dashboard 2.0: where it stands, and what its half in the browser is given. */
export interface PagePlace {
  /** Of the `ui-group` that it stands in. */
  readonly groupId: string
  /** Every browser that opens the page sees them. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Its half in a browser says something; nothing about it is checked. */
  readonly onSaid?: (said: unknown, client: PageClient) => Promise<void>
}

/** The part of the Dashboard that is used here; it has no types of its own. */
interface Group {
  register(node: Node, properties: object, hooks: object): void
}

interface PageSocket {
  readonly id: string
  readonly handshake: { readonly headers: IncomingHttpHeaders }
}

const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && 'register' in value && typeof value.register === 'function'

/**
 * Puts the node on its page, until it closes: the Dashboard listens for that itself.
 * @throws when there is no such group
 */
export function takePlace(red: NodeAPI, node: Node, { groupId, properties, onSaid }: PagePlace): void {
  const group: unknown = groupId === '' ? undefined : red.nodes.getNode(groupId)
  if (!isGroup(group)) throw new Error('group: choose the group of a page that it stands in')
  const { id, type, z, name } = node
  const onChange = async (_: unknown, said: unknown, socket: PageSocket): Promise<void> => {
    await onSaid?.(said, { socketId: socket.id, headers: socket.handshake.headers })
  }
  group.register(node, { ...properties, id, type, z, name }, { onChange })
}
