import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { CollectionSpec, Document } from '../nodes/platform/store/port.ts'

const declaration = /^export const (\w+): CollectionSpec</gm
const elsewhere =
  /(?:^|\/)(?:node_modules|dist|testing)\/|\.(?:test|fixture|contract)\.ts$|^platform\/store\//

/** Finds every collection that is declared below `nodes/`: adding one touches no list. */
export async function loadCollections(nodesDir: string): Promise<readonly CollectionSpec<Document>[]> {
  const specs: CollectionSpec<Document>[] = []
  for await (const file of glob('**/*.ts', { cwd: nodesDir })) {
    if (elsewhere.test(file)) continue
    const names = (await readFile(path.join(nodesDir, file), 'utf8')).matchAll(declaration)
    for (const [, name = ''] of names) {
      const module: Readonly<Record<string, unknown>> = await import(path.join(nodesDir, file))
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- declared so, in so many words
      specs.push(module[name] as CollectionSpec<Document>)
    }
  }
  return specs.sort((a, b) => a.name.localeCompare(b.name))
}
