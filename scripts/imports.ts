import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Everything but tests and what only tests use. */
const shipped = (file: string): boolean =>
  !/\.(test|fixture|contract|bench|abstract)\.ts$/.test(file) &&
  !/(^|\/)(contract|testing|node_modules|dist|vendor)\//.test(file)

export interface Import {
  /** A path below the project. */
  readonly from: string
  /** A path below the project, or the name of a package as the import has it. */
  readonly to: string
}

/** What a file imports: values, types, and what it loads later under a name that stands there. */
export const importsIn = (from: string, text: string): readonly Import[] =>
  [...text.matchAll(importPattern)].map(({ groups }) => {
    const name = groups?.['from'] ?? groups?.['bare'] ?? groups?.['later'] ?? ''
    return { from, to: name.startsWith('.') ? path.posix.join(path.posix.dirname(from), name) : name }
  })

const importPattern =
  /^(?:import|export)\b[^'"`;=()]*?\bfrom '(?<from>[^'\n]+)'|^import '(?<bare>[^'\n]+)'|\bimport\(\s*'(?<later>[^'\n]+)'/gm

/** The imports of all that is not a test, below these folders of the project. */
export function importsBelow(root: string, folders: readonly string[]): readonly Import[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,js}`, { cwd: root }))
    .map((file) => file.replaceAll('\\', '/'))
    .filter(shipped)
    .toSorted()
    .flatMap((file) => importsIn(file, readFileSync(path.join(root, file), 'utf8')))
}
