import type { OperationSummary } from './operations.ts'

/**
 * The client's `operations.ts`: for each operation where it is found, with its types. Only types cross over, nothing of
 * the server is bundled, and what a program does not call is not in its bundle.
 */
export function clientRoutes(operations: readonly OperationSummary[]): string {
  const ordered = operations.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const routes = ordered.map(
    ({ id, method, path, summary, file }) =>
      `/** ${summary.replaceAll('*/', '*\\/')}. */\nexport const ${id}: Route<typeof import('../../nodes/${file}').operation> = {\n` +
      `  method: '${method}',\n  path: '${path}',\n}\n`,
  )
  return `// Written by \`npm run build\` from nodes/*/operations.\nimport type { Route } from '../route.ts'\n\n${routes.join('\n')}`
}
