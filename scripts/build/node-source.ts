import type { z } from 'zod'
import type { NodeDefinition } from '../../nodes/platform/kit/node-definition.ts'

/** What the editor side needs of a node's definition. */
export type EditorDefinition = Omit<NodeDefinition<z.ZodObject, unknown>, 'start'>

/** A node folder that was found and whose `node.ts` could be imported. */
export interface NodeSource {
  /** Below `nodes/`, such as `telemetry/decode`. */
  readonly path: string
  readonly directory: string
  readonly definition: EditorDefinition
}
