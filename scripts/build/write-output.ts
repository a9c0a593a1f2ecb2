import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const abandonedAfterMs = 60_000
const temporarySuffix = '.tmp'

/** Writes only what is new, and whole or not at all: another build or a Node-RED may read at the same time. */
export async function writeChanged(file: string, text: string): Promise<boolean> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return false
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${randomUUID()}${temporarySuffix}`
  await writeFile(temporary, text)
  await rename(temporary, file)
  return true
}

/** Removes files below `directory` that are not in `expected` (paths with `/`), then folders left empty. */
export async function removeStale(
  directory: string,
  expected: ReadonlySet<string>,
): Promise<readonly string[]> {
  const removed: string[] = []
  const visit = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(directory, path), { withFileTypes: true })) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory()) await visit(child)
      else if (!expected.has(child) && !(await isBeingWritten(join(directory, child)))) {
        await rm(join(directory, child), { force: true })
        removed.push(child)
      }
    }
    // Fails, as it should, when something is left in it.
    if (path !== '') await rmdir(join(directory, path)).catch(() => undefined)
  }
  await visit('')
  return removed
}

async function isBeingWritten(file: string): Promise<boolean> {
  if (!file.endsWith(temporarySuffix)) return false
  const stats = await stat(file).catch(() => undefined)
  return stats !== undefined && Date.now() - stats.mtimeMs < abandonedAfterMs
}
