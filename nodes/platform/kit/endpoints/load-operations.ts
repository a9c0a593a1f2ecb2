import { glob } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { AnyOperation, OperationRegistry } from './operation.ts'

const moduleSchema = z.object({
  operation: z
    .custom<AnyOperation>((value) => typeof value === 'object' && value !== null && 'handle' in value)
    .optional(),
})

/** Which requests have a body that their operation reads by itself. */
export function streamedBy(
  operations: OperationRegistry,
): (request: { readonly method: string; readonly path: string }) => boolean {
  const routes = operations
    .all()
    .filter(({ bodyKind }) => bodyKind === 'stream')
    .map((operation) => ({
      method: operation.method.toUpperCase(),
      pattern: new RegExp(`^${operation.path.replaceAll(/:\w+/g, '[^/]+')}/?$`),
    }))
  return (request) =>
    routes.some(({ method, pattern }) => method === request.method && pattern.test(request.path))
}

/** Finds every `nodes/<domain>/operations/*.ts`: an endpoint is a file, and adding one touches no list. */
export async function loadOperations(nodesDir: string): Promise<OperationRegistry> {
  const operations = new Map<string, AnyOperation>()
  for await (const file of glob('*/operations/*.ts', { cwd: nodesDir })) {
    // What a test needs may import what an installation does not have.
    if (/\.(?:test|fixture)\.ts$/.test(file)) continue
    const { operation } = moduleSchema.parse(await import(path.join(nodesDir, file)))
    if (operation === undefined) continue
    if (operations.has(operation.id)) throw new Error(`two operations are named ${operation.id}`)
    operations.set(operation.id, operation)
  }
  const all = [...operations.values()].sort(
    (a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method),
  )
  return { find: (id) => operations.get(id), all: () => all }
}
