import { z } from 'zod'
import type { NodeSource } from './node-source.ts'

const manifestSchema = z.looseObject({
  name: z.string(),
  'node-red': z.looseObject({}).default({}),
})
export type Manifest = z.output<typeof manifestSchema>

export const parseManifest = (text: string): Manifest => manifestSchema.parse(JSON.parse(text))

/** `nodes/package.json` with its map of node types; everything else stays as it is. */
export function manifestWithNodes(manifest: Manifest, nodes: readonly NodeSource[]): string {
  const map = Object.fromEntries(nodes.map(({ definition: { type } }) => [type, `dist/${type}/${type}.js`]))
  return `${JSON.stringify({ ...manifest, 'node-red': { ...manifest['node-red'], nodes: map } }, undefined, 2)}\n`
}
