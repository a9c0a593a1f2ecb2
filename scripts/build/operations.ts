import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { filesOf } from './discover.ts'
import { messageOf, type Problem } from './problem.ts'

/** What a form shows of an operation. */
const operationSchema = z.object({
  id: z.string(),
  method: z.string(),
  path: z.string(),
  tag: z.string(),
  access: z.string(),
  summary: z.string(),
})
export interface OperationSummary extends z.output<typeof operationSchema> {
  /** Below `nodes/`. */
  readonly file: string
}

/** The operations that the packages declare, ordered by path and method. */
export async function scanOperations(
  nodesDir: string,
): Promise<{ readonly operations: readonly OperationSummary[]; readonly problems: readonly Problem[] }> {
  const operations: OperationSummary[] = []
  const problems: Problem[] = []
  for (const file of await filesOf(nodesDir, '*/operations/*.ts')) {
    if (/\.(?:test|fixture)\.ts$/.test(file)) continue
    try {
      const module: unknown = await import(pathToFileURL(join(nodesDir, file)).href)
      // Files without one hold what several operations share.
      if (typeof module !== 'object' || module === null || !('operation' in module)) continue
      operations.push({ ...operationSchema.parse(module.operation), file })
    } catch (error) {
      problems.push({ where: file, what: `cannot be read: ${messageOf(error)}` })
    }
  }
  const key = ({ path, method }: OperationSummary): string => `${path} ${method}`
  return { operations: operations.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)), problems }
}

/** What the flow lint knows of operations, by id. */
export const operationsJson = (operations: readonly OperationSummary[]): string =>
  `${JSON.stringify(Object.fromEntries(operations.map(({ id, method, path, tag }) => [id, { method, path, tag }])), undefined, 2)}\n`
