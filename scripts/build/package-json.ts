import type { NodeSource } from './node-source.ts'

/** `nodes/package.json` with its map of node types; everything else stays as it is. */
export function packageWithNodes(text: string, nodes: readonly NodeSource[]): string {
  const manifest = JSON.parse(text) as Record<string, unknown>
  const section = (manifest['node-red'] ?? {}) as Record<string, unknown>
  manifest['node-red'] = {
    ...section,
    nodes: Object.fromEntries(nodes.map(({ definition: { type } }) => [type, `dist/${type}/${type}.js`])),
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}
