import type { MessageType } from '../../nodes/platform/kit/message-type.ts'
import type { NodeSource } from './node-source.ts'

/** What the flow lint and the editor know of each node type: names of the messages that it takes and gives. */
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

/** With what stands on a node that has no name, in the source language. */
export function nodeTypesJson(
  nodes: readonly (readonly [source: NodeSource, label: string | undefined])[],
): string {
  const types = nodes.map(([source, label]) => [source.definition.type, { label, ...wireTypesOf(source) }])
  return `${JSON.stringify(Object.fromEntries(types), undefined, 2)}\n`
}
