import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readPalette } from './category.ts'
import { readCommonLocales } from './common-locale.ts'
import { discoverNodes } from './discover.ts'
import { nodeFiles } from './node-files.ts'
import { nodeTypesJson } from './node-types.ts'
import { operationsJson, scanOperations } from './operations.ts'
import { manifestWithNodes, packageNameOf } from './package-json.ts'
import type { Problem } from './problem.ts'
import { findWidgets } from './widgets.ts'
import { removeStale, writeChanged } from './write-output.ts'

export interface BuildOutcome {
  /** When there are any, nothing was written. */
  readonly problems: readonly Problem[]
  readonly types: readonly string[]
  /** Paths below `nodes/`. */
  readonly written: readonly string[]
  readonly removed: readonly string[]
}

/** Makes `nodesDir` a package that Node-RED can load: writes `dist/` and the map in `package.json`. */
export async function buildNodes(nodesDir: string): Promise<BuildOutcome> {
  const manifestFile = join(nodesDir, 'package.json')
  const manifest = await readFile(manifestFile, 'utf8')
  const [discovered, scanned, common, palette, widgets] = await Promise.all([
    discoverNodes(nodesDir),
    scanOperations(nodesDir),
    readCommonLocales(),
    readPalette(nodesDir),
    findWidgets(nodesDir),
  ])
  const context = { packageName: packageNameOf(manifest), common, palette, operations: scanned.operations }
  const built = await Promise.all(discovered.nodes.map((source) => nodeFiles(source, context)))
  const problems = [
    ...discovered.problems,
    ...scanned.problems,
    ...palette.problems,
    ...built.flatMap((node) => node.problems),
  ]
  const types = discovered.nodes.map(({ definition }) => definition.type)
  if (problems.length > 0) return { problems, types, written: [], removed: [] }

  const dist = join(nodesDir, 'dist')
  await mkdir(dist, { recursive: true })
  const files = new Map<string, string>()
  for (const node of built) for (const [path, text] of node.files) files.set(path, text)
  files.set(
    'node-types.json',
    nodeTypesJson(discovered.nodes.map((source, index) => [source, built[index]?.label])),
  )
  files.set('operations.json', operationsJson(scanned.operations))
  const written: string[] = []
  for (const [path, text] of files)
    if (await writeChanged(join(dist, path), text)) written.push(`dist/${path}`)
  if (await writeChanged(manifestFile, manifestWithNodes(manifest, discovered.nodes, widgets)))
    written.push('package.json')
  const removed = await removeStale(dist, new Set(files.keys()))
  return { problems, types, written, removed: removed.map((path) => `dist/${path}`) }
}
