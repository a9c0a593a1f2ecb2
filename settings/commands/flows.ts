import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { formatFindings } from '../flow-lint/format-findings.ts'
import { installedTypes } from '../flow-lint/installed-types.ts'
import { lintFlows } from '../flow-lint/lint.ts'
import type { NodeTypes } from '../flow-lint/rule.ts'
import { toFlows } from '../flow-storage/canonical.ts'
import { readFlowDirectory } from '../flow-storage/flow-directory.ts'
import { excludedTypes } from '../node-red.ts'

const nodeTypesSchema = z.record(
  z.string(),
  z.object({ input: z.array(z.string()).optional(), outputs: z.array(z.array(z.string())) }),
)

/** `flows lint [DIRECTORY]` */
export async function flowsCommand(words: readonly string[]): Promise<number> {
  const [verb, directory = process.env['FLOWS_DIR'] ?? 'flows'] = words
  if (verb !== 'lint') {
    process.stderr.write('flows: the only thing to do with them here is `flows lint`\n')
    return 2
  }
  const { content } = await readFlowDirectory(path.resolve(directory))
  const findings = lintFlows(toFlows(content), await readNodeTypes(), {
    otherTypes: new Set([...installedTypes].filter((type) => !excludedTypes.has(type))),
    files: content,
  })
  process.stdout.write(formatFindings(findings))
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0
}

/** The ports of our own nodes, as the build wrote them down. */
export async function readNodeTypes(): Promise<NodeTypes> {
  const file = path.join(import.meta.dirname, '../../nodes/dist/node-types.json')
  const types = nodeTypesSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  return new Map(
    Object.entries(types).map(([type, { input, outputs }]) => [type, { outputs, ...(input && { input }) }]),
  )
}
