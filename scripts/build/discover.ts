import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { EditorDefinition, NodeSource } from './node-source.ts'
import { messageOf, type Problem } from './problem.ts'

export interface Discovered {
  /** Ordered by type. */
  readonly nodes: readonly NodeSource[]
  readonly problems: readonly Problem[]
}

/** Finds the node folders below `nodesDir` and imports each definition. */
export async function discoverNodes(nodesDir: string): Promise<Discovered> {
  const nodes: NodeSource[] = []
  const problems: Problem[] = []
  for (const file of await filesOf(nodesDir, '*/*/node.ts')) {
    const path = file.slice(0, -'/node.ts'.length)
    try {
      const definition = definitionOf(await import(pathToFileURL(join(nodesDir, file)).href))
      if (definition === undefined)
        problems.push({ where: file, what: 'the default export is not made by defineNode' })
      else nodes.push({ path, directory: join(nodesDir, path), definition })
    } catch (error) {
      problems.push({ where: file, what: `cannot be imported: ${messageOf(error)}` })
    }
  }
  const ordered = nodes.toSorted((a, b) => compareText(a.definition.type, b.definition.type))
  return { nodes: ordered, problems: [...problems, ...duplicates(ordered)] }
}

/** Paths with `/`, in a stable order, without what npm or an earlier build put there. */
export async function filesOf(nodesDir: string, pattern: string): Promise<readonly string[]> {
  const found: string[] = []
  for await (const file of glob(pattern, { cwd: nodesDir })) {
    const path = file.replaceAll('\\', '/')
    if (!/^(?:dist|node_modules)\//.test(path)) found.push(path)
  }
  return found.toSorted(compareText)
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function definitionOf(module: unknown): EditorDefinition | undefined {
  if (typeof module !== 'object' || module === null || !('default' in module)) return undefined
  const made: unknown = module.default
  if (typeof made !== 'function' || !('definition' in made)) return undefined
  return made.definition as EditorDefinition
}

function duplicates(ordered: readonly NodeSource[]): readonly Problem[] {
  return ordered.flatMap((node, index) => {
    const first = ordered[index - 1]
    return first?.definition.type === node.definition.type
      ? [{ where: node.path, what: `the type ${node.definition.type} belongs to ${first.path} already` }]
      : []
  })
}
