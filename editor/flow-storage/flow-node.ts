import { z } from 'zod'

/** One element of Node-RED's flow array: a tab, a subflow, a group, a config node or a node on a tab. */
export interface FlowNode {
  readonly id: string
  readonly type: string
  readonly [property: string]: unknown
}

export const flowNodesSchema: z.ZodType<FlowNode[]> = z.array(
  z.looseObject({ id: z.string().min(1), type: z.string().min(1) }),
)

/** Trouble with a file of the flows directory; `file` is its path, the message names it and the place in it. */
export class FlowFileError extends Error {
  override readonly name = 'FlowFileError'
  readonly code = 'flow_file_invalid'
  readonly file: string

  constructor(file: string, message: string) {
    super(`${file}${message}`)
    this.file = file
  }
}

/** A string property of a node, or undefined when it is missing or something else. */
export function textOf(node: FlowNode, property: string): string | undefined {
  const value = node[property]
  return typeof value === 'string' ? value : undefined
}

export function isTab(node: FlowNode): boolean {
  return node.type === 'tab'
}

/** Tabs and subflows hold other nodes (by `z`) and have a file each. */
export function isContainer(node: FlowNode): boolean {
  return node.type === 'tab' || node.type === 'subflow'
}
