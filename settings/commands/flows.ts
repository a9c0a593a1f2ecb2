import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { formatFindings } from '../../editor/flow-lint/format-findings.ts'
import { installedTypes } from '../../editor/flow-lint/installed-types.ts'
import { type Finding, lintFlows } from '../../editor/flow-lint/lint.ts'
import type { NodeTypes, OperationRoutes } from '../../editor/flow-lint/rule.ts'
import { toFlows } from '../../editor/flow-storage/canonical.ts'
import { readFlowDirectory } from '../../editor/flow-storage/flow-directory.ts'
import { excludedTypes } from '../../editor/node-red.ts'

const nodeTypesSchema = z.record(
  z.string(),
  z.object({
    label: z.string(),
    input: z.array(z.string()).optional(),
    outputs: z.array(z.array(z.string())),
    serves: z.array(z.string()).optional(),
    ownOutputs: z.array(z.int()).optional(),
  }),
)
const operationsSchema = z.record(
  z.string(),
  z.object({ method: z.string(), path: z.string(), tag: z.string() }),
)

/** `flows lint [DIRECTORY]` */
export async function flowsCommand(words: readonly string[]): Promise<number> {
  const [verb, directory = process.env['FLOWS_DIR'] ?? 'flows'] = words
  if (verb !== 'lint') {
    process.stderr.write('flows: the only thing to do with them here is `flows lint`\n')
    return 2
  }
  const findings = await lintDirectory(path.resolve(directory))
  process.stdout.write(formatFindings(findings))
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0
}

/** What the lint has against the flows of a directory, in an installation as `npm start` makes it. */
export async function lintDirectory(directory: string): Promise<readonly Finding[]> {
  const { content } = await readFlowDirectory(directory)
  return lintFlows(toFlows(content), await readNodeTypes(), {
    otherTypes: new Set([...installedTypes].filter((type) => !excludedTypes.has(type))),
    operations: await readOperations(),
    files: content,
  })
}

/** The ports of our own nodes, as the build wrote them down. */
export async function readNodeTypes(): Promise<NodeTypes> {
  const types = nodeTypesSchema.parse(await readBuilt('node-types.json'))
  return new Map(
    Object.entries(types).map(([type, { input, label, outputs, ownOutputs, serves }]) => [
      type,
      {
        label,
        outputs,
        ...(input && { input }),
        ...(ownOutputs && { ownOutputs }),
        ...(serves && { serves }),
      },
    ]),
  )
}

/** The operations of our packages, likewise. */
export async function readOperations(): Promise<OperationRoutes> {
  return new Map(Object.entries(operationsSchema.parse(await readBuilt('operations.json'))))
}

async function readBuilt(name: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(import.meta.dirname, '../../nodes/dist', name), 'utf8'))
}
