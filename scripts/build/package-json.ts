import { z } from 'zod'
import type { NodeSource } from './node-source.ts'
import { type WidgetSource, widgetsFile } from './widgets.ts'

const manifestSchema = z.looseObject({
  name: z.string(),
  'node-red': z.looseObject({}).default({}),
  'node-red-dashboard-2': z.looseObject({}).optional(),
})

export const packageNameOf = (text: string): string => manifestSchema.parse(JSON.parse(text)).name

/**
 * The text of `package.json` with its map of node types, and of widgets for the Dashboard; everything else stays, to the
 * blank: people format it.
 */
export function manifestWithNodes(
  text: string,
  nodes: readonly NodeSource[],
  widgets: readonly WidgetSource[] = [],
): string {
  const types = nodes.map(({ definition: { type } }) => [type, `dist/${type}/${type}.js`])
  const places = widgets.map(({ type, component }) => [type, { output: widgetsFile, component }])
  const withNodes = withMap(text, 'node-red', 'nodes', Object.fromEntries(types))
  return widgets.length === 0
    ? withNodes
    : withMap(withNodes, 'node-red-dashboard-2', 'widgets', Object.fromEntries(places))
}

function withMap(
  text: string,
  section: 'node-red' | 'node-red-dashboard-2',
  key: string,
  map: Readonly<Record<string, unknown>>,
): string {
  const manifest = manifestSchema.parse(JSON.parse(text))
  const found = manifest[section] ?? {}
  if (JSON.stringify(found[key]) === JSON.stringify(map)) return text
  const spliced = text.replace(
    new RegExp(String.raw`(?<="${section}": \{[^{}]*"${key}": )\{(?:[^{}]|\{[^{}]*\})*\}`),
    JSON.stringify(map, undefined, 2).replaceAll('\n', '\n    '),
  )
  if (spliced !== text) return spliced
  return `${JSON.stringify({ ...manifest, [section]: { ...found, [key]: map } }, undefined, 2)}\n`
}
