import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { CollectionSpec, Document } from '../../store/port.ts'

export interface DeclaredCollection {
  /** Below the folder that was searched. */
  readonly file: string
  /** Of the constant. */
  readonly name: string
  readonly isExported: boolean
}

const declaration = /^(export )?const (\w+): CollectionSpec</gm
const elsewhere =
  /(?:^|\/)(?:node_modules|dist|testing)\/|\.(?:test|fixture|contract)\.ts$|^platform\/store\//

/** Finds every collection that is declared below a folder: adding one touches no list. */
export async function declaredCollections(folder: string): Promise<readonly DeclaredCollection[]> {
  const files: string[] = []
  for await (const file of glob('**/*.ts', { cwd: folder })) if (!elsewhere.test(file)) files.push(file)
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(folder, file), 'utf8')
      return [...text.matchAll(declaration)].map(([, exported, name = '']) => ({
        file,
        name,
        isExported: exported !== undefined,
      }))
    }),
  )
  return found.flat()
}

/** Those that are exported. */
export async function loadCollections(folder: string): Promise<readonly CollectionSpec<Document>[]> {
  const declared = await declaredCollections(folder)
  const specs = declared
    .filter(({ isExported }) => isExported)
    .map(async ({ file, name }) => {
      const module: Readonly<Record<string, unknown>> = await import(path.join(folder, file))
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- declared so, in so many words
      return module[name] as CollectionSpec<Document>
    })
  return (await Promise.all(specs)).sort((a, b) => a.name.localeCompare(b.name))
}
