import type { MessageType } from '../../nodes/platform/kit/message-type.ts'
import type { NodeSource } from './node-source.ts'

/** Names of the messages that each node type takes and gives, for the flow lint and the editor. */
export interface WireTypes {
  /** Absent for nodes that only send. */
  readonly input?: readonly string[]
  readonly outputs: readonly (readonly string[])[]
  /** Outputs (from 0) that send messages of their own. */
  readonly ownOutputs?: readonly number[]
  /** Tags or ids of the operations that the node carries out, or begins with. */
  readonly serves?: readonly string[]
}

export const namesOf = (message: MessageType<unknown>): readonly string[] =>
  message.accepts?.map(({ name }) => name) ?? [message.name]

export const wireTypesOf = ({ definition }: NodeSource): WireTypes => ({
  ...(definition.input === undefined ? {} : { input: namesOf(definition.input) }),
  outputs: definition.outputs.map(({ message }) => namesOf(message)),
  ...(definition.outputs.some(({ isOwn }) => isOwn)
    ? { ownOutputs: definition.outputs.flatMap(({ isOwn }, index) => (isOwn ? [index] : [])) }
    : {}),
  ...(definition.serves === undefined ? {} : { serves: definition.serves }),
})

export const nodeTypesJson = (nodes: readonly NodeSource[]): string =>
  `${JSON.stringify(Object.fromEntries(nodes.map((node) => [node.definition.type, wireTypesOf(node)])), undefined, 2)}\n`
