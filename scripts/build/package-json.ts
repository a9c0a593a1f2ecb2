import { z } from 'zod'
import type { NodeSource } from './node-source.ts'

const manifestSchema = z.looseObject({
  name: z.string(),
  'node-red': z.looseObject({}).default({}),
})

export const packageNameOf = (text: string): string => manifestSchema.parse(JSON.parse(text)).name

/** The text of `package.json` with its map of node types; everything else stays, to the blank: people format it. */
export function manifestWithNodes(text: string, nodes: readonly NodeSource[]): string {
  const map = Object.fromEntries(nodes.map(({ definition: { type } }) => [type, `dist/${type}/${type}.js`]))
  const manifest = manifestSchema.parse(JSON.parse(text))
  const section = manifest['node-red']
  if (JSON.stringify(section['nodes']) === JSON.stringify(map)) return text
  const spliced = text.replace(
    /(?<="node-red": \{[^{}]*"nodes": )\{[^{}]*\}/,
    JSON.stringify(map, undefined, 2).replaceAll('\n', '\n    '),
  )
  if (spliced !== text) return spliced
  return `${JSON.stringify({ ...manifest, 'node-red': { ...section, nodes: map } }, undefined, 2)}\n`
}
