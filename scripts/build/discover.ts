import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
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
      const module: unknown = await import(pathToFileURL(join(nodesDir, file)).href)
      const { definition } = moduleSchema.parse(module).default
      nodes.push({ path, directory: join(nodesDir, path), definition })
    } catch (error) {
      problems.push({ where: file, what: messageOf(error) })
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

/** What the compiler does not see: names that Node-RED, the palette and file systems have to bear. */
const shapeSchema = z.looseObject({
  type: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and -'),
  category: z.string().regex(/^[a-z][a-z0-9]*$/, 'must be lower-case letters and digits'),
  icon: z.string().regex(/^font-awesome\/fa-[a-z0-9-]+$/, 'must be font-awesome/fa-…'),
  config: z.looseObject({ schema: z.instanceof(z.ZodObject) }),
  outputs: z.array(z.unknown()),
})

const moduleSchema = z.object({
  default: z
    .custom<{ readonly definition: unknown }>(
      (made) => typeof made === 'function' && 'definition' in made,
      'must be the default export, made by defineNode',
    )
    .transform(({ definition }, context): { readonly definition: EditorDefinition } => {
      if (isDefinition(definition)) return { definition }
      for (const { path, message } of shapeSchema.safeParse(definition).error?.issues ?? [])
        context.addIssue({ code: 'custom', path: [...path], message })
      return z.NEVER
    }),
})

const isDefinition = (value: unknown): value is EditorDefinition => shapeSchema.safeParse(value).success

function duplicates(ordered: readonly NodeSource[]): readonly Problem[] {
  return ordered.flatMap((node, index) => {
    const first = ordered[index - 1]
    return first?.definition.type === node.definition.type
      ? [{ where: node.path, what: `the type ${node.definition.type} belongs to ${first.path} already` }]
      : []
  })
}
