import { z } from 'zod'
import { asError } from './presentable.ts'
import { deliveryProperty, type DeliveryTracker } from './delivery.ts'
import { distrust } from './trust.ts'

type Message = Readonly<Record<string, unknown>>
interface RuntimeNode {
  readonly type: string
  /** Node-RED's own count of input handlers that take a `done`; nodes without one never report completion. */
  readonly _expectedDoneCount?: number
}
interface SendEvent {
  readonly msg: Message
}
interface ReceiveEvent {
  readonly msg: Message
  readonly destination: { readonly node: RuntimeNode }
}
interface CompleteEvent {
  readonly msg: Message
  readonly node: { readonly id: string }
  /** What the node gave to `done`, of whatever kind: function nodes give texts as well. */
  readonly error?: unknown
}

/** Node-RED's `RED.hooks`. Callbacks must declare exactly one parameter: with none, every message would halt. */
export interface Hooks {
  add(name: 'onSend.fleetloom', callback: (events: readonly SendEvent[]) => void): void
  add(name: 'onReceive.fleetloom' | 'postReceive.fleetloom', callback: (event: ReceiveEvent) => void): void
  add(name: 'onComplete.fleetloom', callback: (event: CompleteEvent) => void): void
}

/** Node-RED's `RED.events`: a start, and each deploy, whatever it restarts, is framed by these. */
export interface FlowEvents {
  on(name: 'flows:stopping' | 'flows:started', listener: () => void): void
}

/** Node-RED hands a message to these by itself, not by a send: the clone of one that some node is done with. */
const takesOver = new Set(['catch', 'complete'])
/** What Node-RED tells a catch node. */
const caughtError = z.object({ source: z.object({ id: z.string() }) })

/**
 * Connects deliveries and trust to Node-RED's message routing and to its restarts of flows.
 * @param isTyped tells our own node types, which do not change a batch in place
 */
export function installHooks(
  { events, hooks }: { readonly events: FlowEvents; readonly hooks: Hooks },
  tracker: DeliveryTracker,
  isTyped: (nodeType: string) => boolean,
): void {
  events.on('flows:stopping', () => tracker.flowsStopping())
  events.on('flows:started', () => tracker.flowsStarted())
  hooks.add('onSend.fleetloom', (sends) => {
    for (const { msg } of sends)
      if (msg[deliveryProperty] !== undefined) tracker.entered(msg[deliveryProperty])
  })
  hooks.add('onReceive.fleetloom', ({ msg, destination }) => {
    if (takesOver.has(destination.node.type)) takenOver(tracker, msg, destination.node.type)
    if (!isTyped(destination.node.type)) distrust(msg['payload'])
  })
  hooks.add('postReceive.fleetloom', ({ msg, destination }) => {
    if (destination.node._expectedDoneCount === 0) tracker.left(msg[deliveryProperty])
  })
  hooks.add('onComplete.fleetloom', ({ msg, node, error }) => {
    const id = msg[deliveryProperty]
    if (id === undefined) return
    // As Node-RED sees it: whatever is falsy is no error.
    if (error) tracker.failed(id, node.id, msg['_msgid'], asError(error))
    tracker.left(id)
  })
}

function takenOver(tracker: DeliveryTracker, msg: Message, nodeType: string): void {
  const id = msg[deliveryProperty]
  if (id === undefined) return
  tracker.entered(id)
  if (nodeType !== 'catch') return
  const caught = caughtError.safeParse(msg['error'])
  if (caught.success) tracker.caught(id, caught.data.source.id, msg['_msgid'])
}
